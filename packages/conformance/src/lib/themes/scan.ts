import { equal, ok, rejects } from '../assert/assert.js';
import { byBytes } from '../bytes/by-bytes.js';
import { put, remove, scanAll } from '../suite/probe.js';
import type { TestContext } from '../suite/test-context.js';
import type { Theme } from '../suite/theme.js';

/** A scan found exactly `expected`; an ordered one in order and each once. */
function expectKeys(
  { traits }: TestContext,
  found: readonly string[],
  expected: readonly string[],
  what: string,
): void {
  const sorted = [...expected].sort(byBytes);
  if (traits.scan === 'ordered') equal(found, sorted, what);
  else equal([...new Set(found)].sort(byBytes), sorted, what);
}

async function collect(keys: AsyncIterable<string>): Promise<string[]> {
  const list: string[] = [];
  for await (const key of keys) list.push(key);
  return list;
}

export const scan: Theme = {
  name: 'scan',
  tests: [
    {
      name: 'without a scan the store says NOT_SUPPORTED',
      async run({ store, traits, key }) {
        const call = () => collect(store().keys({ prefix: key() }));
        if (traits.scan === 'none') await rejects(call, 'NOT_SUPPORTED', 'keys');
        else equal(await call(), [], 'keys of nothing');
      },
    },
    {
      name: 'pages of every size bring each key',
      needs: ['scan'],
      async run(context) {
        const { driver, key } = context;
        const keys = Array.from({ length: 53 }, (_, index) => key(`p:${index}`));
        await Promise.all(keys.map((k) => put(driver, k, 'x')));
        await put(driver, key('q:beside'), 'x');
        for (const limit of [1, 7, 52, 53, 54, 1_000]) {
          const found = await scanAll(driver, key('p:'), limit);
          expectKeys(context, found, keys, `pages of ${limit}`);
        }
      },
    },
    {
      name: 'a prefix is literal',
      needs: ['scan'],
      async run(context) {
        const { driver, key } = context;
        const names = [
          'a*b',
          'aXb',
          'a?b',
          'a[bc]d',
          'ab',
          'acd',
          'a\\b',
          'a\\*',
          'a%b',
          'a_b',
          'a.b',
        ];
        const keys = names.map((name) => key(name));
        for (const k of keys) await put(driver, k, 'x');
        for (const prefix of [
          'a*',
          'a?',
          'a[',
          'a[bc]',
          'a\\',
          'a\\*',
          'a%',
          'a_',
          'a.',
          'a',
          'aX',
          '',
        ]) {
          const expected = keys.filter((k) => k.startsWith(key(prefix)));
          const found = await scanAll(driver, key(prefix), 3);
          expectKeys(context, found, expected, `prefix ${JSON.stringify(prefix)}`);
        }
      },
    },
    {
      name: 'a key that is the prefix itself is found, its neighbours are not',
      needs: ['scan'],
      async run(context) {
        const { driver, key } = context;
        for (const name of ['a', 'a\0', 'a\u{10ffff}', 'b', 'A', 'a ', '`']) {
          await put(driver, key(name), 'x');
        }
        const expected = ['a', 'a\0', 'a ', 'a\u{10ffff}'].map((name) => key(name));
        expectKeys(context, await scanAll(driver, key('a'), 2), expected, 'prefix a');
      },
    },
    {
      name: 'keys come in the order of their bytes',
      needs: ['ordered scan'],
      async run(context) {
        const { driver, key, random } = context;
        const units = [
          '\0',
          '\u0001',
          ' ',
          'A',
          'a',
          '~',
          '\u007f',
          'é',
          '\u07ff',
          '\u0800',
          '\ud7ff',
          '\ue000',
          '\uffee',
          '\uffff',
          '\u{10000}',
          '\u{1f600}',
          '\u{10ffff}',
        ];
        const names = new Set<string>(units);
        while (names.size < 120) {
          names.add(Array.from({ length: random.int(1, 4) }, () => random.pick(units)).join(''));
        }
        const keys = [...names].map((name) => key(name));
        await Promise.all(keys.map((k) => put(driver, k, 'x')));
        for (const limit of [9, 500]) {
          equal(await scanAll(driver, key(''), limit), keys.sort(byBytes), `pages of ${limit}`);
        }
      },
    },
    {
      name: 'what is deleted or expired is not listed',
      needs: ['scan'],
      async run(context) {
        const { driver, key, pass, lateMs } = context;
        const keys = Array.from({ length: 12 }, (_, index) => key(`e${index}`));
        for (const [index, k] of keys.entries()) {
          await put(driver, k, 'x', { ttl: index % 3 === 0 ? 60 : 'none' });
          if (index % 3 === 1) await remove(driver, k);
        }
        await pass(60 + Math.min(lateMs, 6_000) + 1);
        const left = keys.filter((_, index) => index % 3 === 2);
        expectKeys(context, await scanAll(driver, key('e'), 2), left, 'after expiry and delete');
      },
    },
    {
      name: 'keys that stay are found while others come and go',
      needs: ['scan'],
      async run({ driver, key, client, call }) {
        const stay = Array.from({ length: 40 }, (_, index) => key(`s${index * 2}`));
        for (const k of stay) await put(driver, k, 'x');
        const other = await client();
        const found = new Set<string>();
        let cursor: string | undefined;
        let round = 0;
        do {
          const request = {
            prefix: key('s'),
            limit: 4,
            ...(cursor === undefined ? {} : { cursor }),
          };
          const page = await driver.scan?.(request, call);
          for (const k of page?.keys ?? []) found.add(k);
          cursor = page?.cursor;
          for (let index = 0; index < 3; index += 1) {
            await put(other, key(`s${round * 2 + 1}`), 'new');
            await remove(other, key(`s${(round - 5) * 2 + 1}`));
            round += 1;
          }
        } while (cursor !== undefined && round < 10_000);
        for (const k of stay) ok(found.has(k), `${k} was there all the time but not found`);
      },
    },
    {
      name: 'the store lists keys of a prefix and of a namespace',
      needs: ['scan'],
      async run(context) {
        const { key } = context;
        const s = context.store();
        const names = ['n1', 'n2', 'n*', 'n%:3', 'other'];
        const inside = s.namespace(key('space'));
        const sibling = s.namespace(key('space2'));
        for (const name of names) {
          await s.set(key(name), 1);
          await inside.set(name, 1);
          await sibling.set(name, 1);
        }
        const under = names.slice(0, 4);
        const prefixed = under.map((name) => key(name));
        expectKeys(context, await collect(s.keys({ prefix: key('n') })), prefixed, 'a prefix');
        expectKeys(context, await collect(inside.keys()), names, 'a namespace');
        expectKeys(context, await collect(inside.keys({ prefix: 'n' })), under, 'a prefix inside');
        const paged = await collect(inside.keys({ pageSize: 1 }));
        expectKeys(context, paged, names, 'pages of one');
        let first: string | undefined;
        for await (const k of inside.keys({ pageSize: 1 })) {
          first = k;
          break;
        }
        ok(first !== undefined && names.includes(first), 'the first key, then no more');
      },
    },
  ],
};
