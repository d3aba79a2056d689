import { equal, ok, rejects, same, show } from '../assert/assert.js';
import { put, read, readText, utf8 } from '../suite/probe.js';
import type { Theme } from '../suite/theme.js';

const oddTexts = [
  '',
  ' ',
  '\0',
  'undefined',
  'null',
  '(nil)',
  'OK',
  '0',
  '007',
  '-0',
  '1e3',
  '\r\n',
];

const kept: readonly unknown[] = [
  null,
  true,
  false,
  0,
  -1,
  1.5,
  1e300,
  Number.MAX_SAFE_INTEGER,
  '',
  'text',
  '9007199254740993',
  'é e\u0301 😀 \0 \u2028',
  [],
  [1, [2, [3]], null],
  {},
  { a: { b: [null, false, ''] } },
  JSON.parse('{"__proto__":{"polluted":true},"constructor":1}'),
];

/** What JSON would change: the codec keeps it or refuses it. */
function delicate(): readonly unknown[] {
  return [
    Number.NaN,
    Number.POSITIVE_INFINITY,
    -0,
    10n,
    { when: new Date(0) },
    { map: new Map([[1, 2]]) },
    { set: new Set([1]) },
    { inner: undefined },
    [undefined],
    { nan: Number.NaN },
    { big: 10n },
    { bytes: new Uint8Array([1, 2]) },
    { regexp: /x/ },
  ];
}

/** What no codec can keep. */
function impossible(): readonly [what: string, value: unknown][] {
  const cyclic: Record<string, unknown> = {};
  cyclic.self = cyclic;
  let deep: unknown = 0;
  for (let depth = 0; depth < 20_000; depth += 1) deep = [deep];
  const throws = (): never => {
    throw new Error('no');
  };
  return [
    ['undefined', undefined],
    ['a function', () => 1],
    ['a symbol', Symbol('s')],
    ['a cycle', cyclic],
    ['a function inside', { call: () => 1 }],
    ['a toJSON that throws', { toJSON: throws }],
    ['a getter that throws', Object.defineProperty({}, 'x', { enumerable: true, get: throws })],
    ['nesting 20,000 deep', deep],
  ];
}

export const values: Theme = {
  name: 'values',
  tests: [
    {
      name: 'an empty value is there',
      async run({ driver, key }) {
        const k = key();
        await put(driver, k, '');
        const entry = await read(driver, k);
        ok(entry, 'an empty value is not missing');
        equal(entry.value, new Uint8Array(), 'its bytes');
        equal((await put(driver, k, 'x', { if: 'absent' })).applied, false, 'put if absent');
        equal((await put(driver, k, '', { if: 'present' })).applied, true, 'put if present');
        const { version } = (await read(driver, k)) ?? {};
        ok(typeof version === 'string' && version !== '', 'it has a version');
        equal((await put(driver, k, 'y', { if: { version } })).applied, true, 'put by version');
      },
    },
    {
      name: 'every byte comes back',
      async run({ driver, key }) {
        const all = Uint8Array.from({ length: 256 }, (_, index) => index);
        await put(driver, key(), all);
        equal((await read(driver, key()))?.value, all, 'all bytes');
        for (const byte of [0, 10, 13, 127, 128, 192, 255]) {
          await put(driver, key('one'), Uint8Array.of(byte));
          equal((await read(driver, key('one')))?.value, Uint8Array.of(byte), `byte ${byte}`);
        }
        for (const odd of oddTexts) {
          await put(driver, key('text'), odd);
          equal(await readText(driver, key('text')), odd, JSON.stringify(odd));
        }
      },
    },
    {
      name: 'random bytes of many sizes come back',
      async run({ driver, key, random, traits }) {
        const sizes = [
          1, 2, 3, 15, 16, 17, 127, 128, 255, 256, 1_023, 1_024, 4_096, 65_535, 65_536,
        ];
        for (const size of sizes.filter((size) => size <= traits.maxValueBytes)) {
          const bytes = random.bytes(size);
          await put(driver, key(), bytes);
          equal((await read(driver, key()))?.value, bytes, `${size} bytes`);
        }
      },
    },
    {
      name: 'the store keeps every JSON value, null included',
      async run({ store, key }) {
        const s = store();
        for (const value of kept) {
          equal(await s.set(key(), value), true, `set of ${show(value)}`);
          equal(await s.get(key()), value, 'get');
          equal(await s.has(key()), true, `has of ${show(value)}`);
        }
        equal(({} as { polluted?: boolean }).polluted, undefined, 'the prototype of objects');
      },
    },
    {
      name: 'the store keeps delicate values as they are or refuses them',
      async run({ store, key }) {
        const s = store();
        for (const value of delicate()) {
          await s.set(key(), 'before');
          let stored = true;
          try {
            await s.set(key(), value);
          } catch {
            stored = false;
            await rejects(() => s.set(key(), value), 'INVALID_VALUE', `set of ${show(value)}`);
          }
          const after = await s.get(key());
          ok(same(after, stored ? value : 'before'), `${show(value)} became ${show(after)}`);
        }
      },
    },
    {
      name: 'the store refuses impossible values and writes nothing',
      async run({ store, key }) {
        const s = store();
        await s.set(key(), 'before');
        for (const [what, value] of impossible()) {
          const update = () => s.update(key(), () => ({ put: value, result: 0 }));
          const batch = () =>
            s.setMany([
              [key('other'), 1],
              [key(), value],
            ]);
          await rejects(() => s.set(key(), value), 'INVALID_VALUE', `set of ${what}`);
          await rejects(update, 'INVALID_VALUE', `update to ${what}`);
          await rejects(batch, 'INVALID_VALUE', `setMany with ${what}`);
          equal(await s.get(key()), 'before', `after ${what}`);
          equal(await s.has(key('other')), false, `the rest of the batch after ${what}`);
        }
      },
    },
    {
      name: 'the store stores values as they were at the call',
      async run({ store, key }) {
        const s = store();
        const value = { list: [1] };
        const bytes = utf8('bytes');
        const writing = Promise.all([s.set(key(), value), s.raw.set(key('raw'), bytes)]);
        value.list.push(2);
        bytes.fill(0);
        await writing;
        equal(await s.get(key()), { list: [1] }, 'an object');
        equal(await s.raw.get(key('raw')), utf8('bytes'), 'bytes');
      },
    },
    {
      name: 'bytes that the codec did not write are CORRUPT_VALUE, not missing',
      needs: ['plain store'],
      async run({ driver, store, key }) {
        const s = store();
        const deep = utf8('['.repeat(20_000) + ']'.repeat(20_000));
        for (const bytes of [utf8('{"cut":'), Uint8Array.of(255, 254), new Uint8Array(), deep]) {
          await put(driver, key(), bytes);
          await rejects(() => s.get(key()), 'CORRUPT_VALUE', 'get');
          await rejects(() => s.getMany([key()]), 'CORRUPT_VALUE', 'getMany');
          const update = () => s.update(key(), () => ({ put: 1, result: 1 }));
          await rejects(update, 'CORRUPT_VALUE', 'update');
          equal((await read(driver, key()))?.value, bytes, 'the stored bytes');
          equal(await s.set(key(), 'repaired'), true, 'set over it');
          equal(await s.get(key()), 'repaired', 'after the set');
        }
      },
    },
    {
      name: 'the raw view takes bytes only',
      async run({ store, key }) {
        const raw = store().raw;
        await rejects(() => raw.set(key(), 'text' as never), 'INVALID_VALUE', 'a string');
        await rejects(() => raw.set(key(), [1] as never), 'INVALID_VALUE', 'an array');
        equal(await raw.set(key(), new Uint8Array()), true, 'empty bytes');
        equal(await raw.get(key()), new Uint8Array(), 'empty bytes read');
      },
    },
  ],
};
