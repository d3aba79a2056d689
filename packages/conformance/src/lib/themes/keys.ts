import { equal, ok, rejects } from '../assert/assert.js';
import { put, read, readText, remove } from '../suite/probe.js';
import type { TestContext } from '../suite/test-context.js';
import type { Theme } from '../suite/theme.js';

/** Endings of keys that something between here and the disk might change, cut or take for another. */
export const oddKeys: readonly string[] = [
  'plain',
  'PLAIN',
  ' plain',
  'plain ',
  'a b',
  'tab\there',
  'nul\0here',
  'nul\0',
  'cr\r\nset x 0 0 1',
  'new\nline',
  '\u00e9',
  'e\u0301',
  '\ufffd',
  '\ufeff',
  'bom\ufeff',
  '😀',
  '\u{10ffff}',
  '\uffff',
  '__proto__',
  'constructor',
  'a/b',
  'a:b',
  'a\\b',
  'a..b',
  '../a',
  './a',
  'a%2Fb',
  'a+b',
  '{tag}x',
  '{}x',
  '*',
  '?',
  '[ab]',
  '$set',
  '"quoted"',
  "'",
  '007',
  '7',
  '-1',
  '\u0130',
  'i\u0307',
  '\u00df',
  'ss',
];

/** The longest key that is worth trying, and still begins as all keys of the test do. */
function longestKey({ key, traits }: TestContext, last: string): string {
  const start = key('long:');
  const bytes = Math.min(traits.maxKeyBytes, 16 * 1024);
  return start + 'x'.repeat(bytes - start.length - last.length) + last;
}

export const keys: Theme = {
  name: 'keys',
  tests: [
    {
      name: 'odd keys are distinct and come back',
      async run({ driver, key }) {
        for (const odd of oddKeys) await put(driver, key(odd), `value of ${odd}`);
        for (const odd of oddKeys) {
          equal(await readText(driver, key(odd)), `value of ${odd}`, JSON.stringify(odd));
        }
        for (const odd of oddKeys.filter((_, index) => index % 2 === 0)) {
          await remove(driver, key(odd));
        }
        for (const [index, odd] of oddKeys.entries()) {
          const expected = index % 2 === 0 ? undefined : `value of ${odd}`;
          equal(await readText(driver, key(odd)), expected, `${JSON.stringify(odd)} in the end`);
        }
      },
    },
    {
      name: 'random keys are distinct',
      async run({ driver, key, random }) {
        const parts = ['a', 'b', '\0', ' ', ':', '/', 'é', 'e\u0301', '\u{1f600}', '%', '\n', '*'];
        const names = new Set<string>();
        while (names.size < 200) {
          names.add(Array.from({ length: random.int(1, 6) }, () => random.pick(parts)).join(''));
        }
        const list = [...names];
        await Promise.all(list.map((name) => put(driver, key(name), name)));
        for (const name of list) {
          equal(await readText(driver, key(name)), name, JSON.stringify(name));
        }
      },
    },
    {
      name: 'keys of the greatest length differ to the last byte',
      async run(context) {
        const { driver } = context;
        const [a, b] = [longestKey(context, 'a'), longestKey(context, 'b')];
        const shorter = a.slice(0, -1);
        await put(driver, a, 'a');
        equal(await read(driver, b), undefined, 'the other key');
        await put(driver, b, 'b');
        await put(driver, shorter, 'shorter');
        equal(await readText(driver, a), 'a', 'the first key');
        equal(await readText(driver, b), 'b', 'the second key');
        equal(await readText(driver, shorter), 'shorter', 'the key one byte shorter');
      },
    },
    {
      name: 'the store refuses what is no key',
      async run({ store, key }) {
        const s = store();
        const bad: unknown[] = [
          '',
          undefined,
          null,
          7,
          {},
          [key(), 'v', 'EX', '1'],
          '\ud800',
          'a\udfffb',
        ];
        for (const k of bad as string[]) {
          const what = `key ${JSON.stringify(k)}`;
          await rejects(() => s.get(k), 'INVALID_KEY', `get, ${what}`);
          await rejects(() => s.set(k, 1), 'INVALID_KEY', `set, ${what}`);
          await rejects(() => s.delete(k), 'INVALID_KEY', `delete, ${what}`);
          await rejects(() => s.increment(k), 'INVALID_KEY', `increment, ${what}`);
          await rejects(() => s.expire(k, 1_000), 'INVALID_KEY', `expire, ${what}`);
          await rejects(() => s.getMany([key(), k]), 'INVALID_KEY', `getMany, ${what}`);
          await rejects(
            () => s.update(k, () => ({ put: 1, result: 1 })),
            'INVALID_KEY',
            `update, ${what}`,
          );
          await rejects(
            () =>
              s.setMany([
                [key('first'), 1],
                [k, 2],
              ]),
            'INVALID_KEY',
            `setMany, ${what}`,
          );
        }
        equal(await s.get(key('first')), undefined, 'a batch with a bad key wrote nothing');
      },
    },
    {
      name: 'the store refuses a key over the limit, counted in bytes and with its namespace',
      async run(context) {
        const { store, traits } = context;
        const { maxKeyBytes } = traits;
        const s = store();
        if (maxKeyBytes <= 16 * 1024 && !context.options.hooks) {
          const longest = longestKey(context, 'z');
          equal(await s.set(longest, 1), true, 'set of the longest key');
          equal(await s.get(longest), 1, 'get of the longest key');
          const inside = s.namespace('n');
          await rejects(() => inside.set(longest, 2), 'KEY_TOO_LARGE', 'with a namespace');
          await rejects(() => s.set(`${longest}z`, 2), 'KEY_TOO_LARGE', 'one byte more');
          equal(await s.get(longest), 1, 'the longest key afterwards');
        }
        const over = 'é'.repeat(Math.floor(maxKeyBytes / 2) + 1);
        await rejects(() => s.set(over, 1), 'KEY_TOO_LARGE', 'set');
        await rejects(() => s.get(over), 'KEY_TOO_LARGE', 'get');
        await rejects(() => s.increment(over), 'KEY_TOO_LARGE', 'increment');
      },
    },
    {
      name: 'namespaces cannot reach each other',
      async run({ store, key }) {
        const root = store();
        const pairs = [
          ['a', 'b:c'],
          ['a:b', 'c'],
          ['a%3Ab', 'c'],
          ['a%', '3Ab:c'],
          ['a', 'b%3Ac'],
          ['a:', 'b:c'],
        ] as const;
        const views = pairs.map(([space, k]) => [root.namespace(key(space)), k] as const);
        for (const [index, [view, k]] of views.entries()) await view.set(k, index);
        for (const [index, [view, k]] of views.entries()) {
          equal(await view.get(k), index, `${pairs[index]?.join(' / ')}`);
        }
        const nested = root.namespace(key('outer')).namespace('inner');
        await nested.set('k', 'nested');
        equal(await nested.get('k'), 'nested', 'a namespace in a namespace');
        equal(await root.get('k'), undefined, 'the root');
        ok(!(await root.namespace(key('inner')).has('k')), 'the inner one at the root');
      },
    },
  ],
};
