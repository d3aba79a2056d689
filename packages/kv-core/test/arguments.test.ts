import { describe, expect, it } from 'vitest';
import { createStore, isKvError, type Store, type StoreWrite } from '../src/index.js';
import { memoryDriver } from '../src/memory.js';
import { type SpyDriver, spyDriver } from './support/spy-driver.js';
import { nested } from './support/values.js';
import { xorHook } from './support/xor-hook.js';

type Loose = Store<never> & Record<string, (...args: unknown[]) => Promise<unknown>>;

function setup(): { store: Loose; driver: SpyDriver } {
  const driver = spyDriver({ traits: { maxKeyBytes: 100, maxValueBytes: 1_000 } });
  return { store: createStore({ driver }) as unknown as Loose, driver };
}

/** The code of the error; a store never throws, it rejects. */
async function code(call: () => Promise<unknown>): Promise<unknown> {
  const answer = call();
  expect(answer).toBeInstanceOf(Promise);
  try {
    return ['answered', await answer];
  } catch (error) {
    return isKvError(error) ? error.code : error;
  }
}

/** Every verb with a key. */
const WITH_KEY: Record<string, (store: Loose, key: unknown) => Promise<unknown>> = {
  get: (store, key) => store.get(key as string),
  getEntry: (store, key) => store.getEntry(key as string),
  getMany: (store, key) => store.getMany(['fine', key as string]),
  has: (store, key) => store.has(key as string),
  ttl: (store, key) => store.ttl(key as string),
  set: (store, key) => store.set(key as string, 1 as never),
  setMany: (store, key) =>
    store.setMany([
      ['fine', 1 as never],
      [key as string, 1 as never],
    ]),
  delete: (store, key) => store.delete(key as string),
  deleteMany: (store, key) => store.deleteMany(['fine', key as string]),
  expire: (store, key) => store.expire(key as string, 5),
  persist: (store, key) => store.persist(key as string),
  increment: (store, key) => store.increment(key as string),
  update: (store, key) => store.update(key as string, () => ({ keep: true, result: 1 })),
  'batch set': (store, key) =>
    store.batch([{ type: 'set', key: key as string, value: 1 as never }]),
  'batch delete': (store, key) => store.batch([{ type: 'delete', key: key as string }]),
  'batch expire': (store, key) => store.batch([{ type: 'expire', key: key as string, ttlMs: 5 }]),
  'atomic write': (store, key) =>
    store.atomic({ writes: [{ type: 'delete', key: key as string }] }),
  'atomic check': (store, key) =>
    store.atomic({ checks: [{ key: key as string, if: 'absent' }], writes: [] }),
};

describe('keys', () => {
  it('that are none are refused by every verb, before any I/O', async () => {
    const bad = [
      '',
      '\ud800',
      'a\udfffb',
      undefined,
      null,
      5,
      true,
      {},
      ['k', 'v', 'EX', 1],
      Symbol('k'),
    ];
    const { store, driver } = setup();
    for (const [verb, call] of Object.entries(WITH_KEY)) {
      for (const key of bad) {
        expect([verb, await code(() => call(store, key))]).toEqual([verb, 'INVALID_KEY']);
      }
    }
    expect(driver.calls).toEqual([]);
  });

  it('over the limit of the driver are refused by one code, counted in UTF-8, before any I/O', async () => {
    const { store, driver } = setup();
    const view = store.namespace('n') as Loose;
    for (const [verb, call] of Object.entries(WITH_KEY)) {
      for (const key of ['x'.repeat(101), 'é'.repeat(51), '😀'.repeat(26), 'x'.repeat(5_000_000)]) {
        expect([verb, await code(() => call(store, key))]).toEqual([verb, 'KEY_TOO_LARGE']);
      }
      expect([verb, await code(() => call(view, 'x'.repeat(99)))]).toEqual([verb, 'KEY_TOO_LARGE']);
    }
    const reads = driver.calls.filter(({ args }) => JSON.stringify(args).length > 200);
    expect(reads).toEqual([]);
    await store.set('é'.repeat(50), 1 as never);
    expect(await view.set('x'.repeat(98), 1 as never)).toBe(true);
  });

  it('of any other kind go through as they are, each its own', async () => {
    const odd = [
      '\0',
      '\r\n',
      ' ',
      '__proto__',
      'constructor',
      'é',
      'e\u0301',
      '{tag}x',
      '*?[a]\\',
      '😀',
      'a:b',
      '%3A',
      '\ufeff',
      '\uffff',
      '😀😀',
    ];
    for (const view of [setup().store, setup().store.namespace('n:*') as Loose]) {
      await view.setMany(odd.map((key, index) => [key, index as never]));
      expect(await view.getMany(odd)).toEqual(odd.map((_, index) => index));
      const listed: string[] = [];
      for await (const key of view.keys()) listed.push(key);
      expect(new Set(listed)).toEqual(new Set(odd));
      for (const prefix of ['*', '{', '\\', '__proto__', 'e']) {
        const found: string[] = [];
        for await (const key of view.keys({ prefix })) found.push(key);
        expect(found).toEqual(odd.filter((key) => key.startsWith(prefix)));
      }
    }
  });
});

describe('values', () => {
  it('that cannot be kept are refused; what was there stays', async () => {
    const cycle: Record<string, unknown> = {};
    cycle['self'] = cycle;
    const throwing = {
      get field(): never {
        throw new Error('getter');
      },
    };
    const toJson = {
      toJSON: () => {
        throw new Error('toJSON');
      },
    };
    const bad = [
      undefined,
      () => 1,
      Symbol('s'),
      cycle,
      throwing,
      toJson,
      10n,
      Number.NaN,
      -0,
      new Date(),
      new Map(),
      nested(20_000),
    ];
    const { store, driver } = setup();
    await store.set('a', 'before' as never);
    driver.calls.length = 0;
    for (const value of bad) {
      const calls: (() => Promise<unknown>)[] = [
        () => store.set('a', value as never),
        () =>
          store.setMany([
            ['b', 1 as never],
            ['a', value as never],
          ]),
        () => store.batch([{ type: 'set', key: 'a', value: value as never }]),
        () => store.atomic({ writes: [{ type: 'set', key: 'a', value: value as never }] }),
      ];
      for (const call of calls) expect(await code(call)).toBe('INVALID_VALUE');
    }
    expect(driver.calls).toEqual([]);
    expect(await store.get('a')).toBe('before');
    expect(await store.has('b')).toBe(false);
  });

  it('null is a value', async () => {
    const { store } = setup();
    await store.set('a', null as never);
    expect(await store.get('a')).toBeNull();
    expect(await store.has('a')).toBe(true);
    expect(await store.getEntry('a')).toMatchObject({ value: null });
  });

  it('are stored as they were at the call, with a slow hook as well', async () => {
    for (const hooks of [
      [],
      [xorHook(1, () => new Promise((resolve) => setTimeout(resolve, 5)))],
    ]) {
      const store = createStore({ driver: spyDriver(), hooks });
      const value = { list: [1] };
      const stored = store.set('a', value);
      value.list.push(2);
      const updated = store.update('u', () => ({ put: value, result: 0 }));
      await Promise.all([stored, updated]);
      value.list.push(3);
      expect(await store.getMany(['a', 'u'])).toEqual([{ list: [1] }, { list: [1, 2] }]);
      const raw = Uint8Array.of(1, 2, 3);
      const storedRaw = store.raw.set('r', raw);
      raw.fill(0);
      await storedRaw;
      const read = await store.raw.get('r');
      expect(read).toEqual(Uint8Array.of(1, 2, 3));
      read!.fill(9);
      expect(await store.raw.get('r')).toEqual(Uint8Array.of(1, 2, 3));
    }
  });

  it('over the limit of the driver are refused before any I/O; the old one stays', async () => {
    const { store, driver } = setup();
    await store.set('a', 'before' as never);
    driver.calls.length = 0;
    const big = 'x'.repeat(1_001) as never;
    expect(await code(() => store.set('a', big))).toBe('VALUE_TOO_LARGE');
    expect(await code(() => store.update('a', () => ({ put: big, result: 0 })))).toBe(
      'VALUE_TOO_LARGE',
    );
    expect(driver.of('write')).toEqual([]);
    expect(await store.get('a')).toBe('before');
    expect(await store.set('a', 'x'.repeat(998) as never)).toBe(true);
  });

  it('that are not ours are corrupt, never missing, and name their key', async () => {
    const driver = memoryDriver();
    const store = createStore({ driver }).namespace('n');
    const foreign = [[], [0xff], [0x7b], [0x5b, 0x2c]];
    for (const bytes of foreign) {
      await store.raw.set('a', Uint8Array.from(bytes));
      const corrupt = { code: 'CORRUPT_VALUE', key: 'a' };
      await expect(store.get('a')).rejects.toMatchObject(corrupt);
      await expect(store.getMany(['b', 'a'])).rejects.toMatchObject(corrupt);
      await expect(store.getEntry('a')).rejects.toMatchObject(corrupt);
      await expect(store.update('a', () => ({ put: 1, result: 0 }))).rejects.toMatchObject(corrupt);
      expect(await store.has('a')).toBe(true);
      expect(await store.raw.get('a')).toEqual(Uint8Array.from(bytes));
    }
    const silent = { name: 'silent', encode: () => new Uint8Array(), decode: () => undefined };
    const view = store.with({ codec: silent });
    await expect(view.get('a')).rejects.toMatchObject({ code: 'CORRUPT_VALUE', key: 'a' });
  });
});

describe('numbers', () => {
  const badTtls = [0, -1, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, '5', null, [5], {}];

  it('a time to live is above zero, everywhere', async () => {
    const { store, driver } = setup();
    for (const ttlMs of badTtls as number[]) {
      const value = 1 as never;
      const calls: (() => Promise<unknown>)[] = [
        () => store.set('a', value, { ttlMs }),
        () => store.setMany([['a', value]], { ttlMs }),
        () => store.expire('a', ttlMs),
        () => store.increment('a', 1, { ttlMs: ttlMs ?? 0 }),
        () => store.batch([{ type: 'set', key: 'a', value, ttlMs }]),
        () => store.batch([{ type: 'expire', key: 'a', ttlMs }]),
        () => store.atomic({ writes: [{ type: 'set', key: 'a', value, ttlMs }] }),
      ];
      for (const call of calls) expect(await code(call)).toBe('INVALID_ARGUMENT');
      if (ttlMs !== null) {
        expect(() => store.with({ ttlMs })).toThrow('a ttl is');
        expect(() => createStore({ driver, ttlMs })).toThrow('a ttl is');
      }
    }
    expect(driver.calls).toEqual([]);
  });

  it('a time to live is rounded up, to a whole millisecond, and may be far away', async () => {
    const { store, driver } = setup();
    for (const [given, sent] of [
      [0.001, 1],
      [1.5, 2],
      [7, 7],
      [2 ** 31, 2 ** 31],
      [Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
    ]) {
      await store.set('a', 1 as never, { ttlMs: given! });
      expect(driver.of('write').at(-1)!.args[0]).toMatchObject([{ ttl: sent }]);
      if (given! > 1_000) expect(await store.has('a')).toBe(true);
    }
  });

  it('an increment takes safe integers only', async () => {
    const { store, driver } = setup();
    for (const bad of [
      0.5,
      Number.NaN,
      Number.POSITIVE_INFINITY,
      2 ** 53,
      '1',
      null,
      1n,
    ] as number[]) {
      expect(await code(() => store.increment('a', bad))).toBe('INVALID_ARGUMENT');
      expect(await code(() => store.increment('a', 1, { min: bad }))).toBe('INVALID_ARGUMENT');
      expect(await code(() => store.increment('a', 1, { max: bad }))).toBe('INVALID_ARGUMENT');
    }
    expect(driver.calls).toEqual([]);
  });

  it('a store takes a timeout that a timer can keep', () => {
    const driver = memoryDriver();
    for (const timeoutMs of [
      0,
      -1,
      Number.NaN,
      Number.POSITIVE_INFINITY,
      2 ** 31,
      '5',
    ] as number[]) {
      expect(() => createStore({ driver, timeoutMs })).toThrow('timeoutMs');
    }
    for (const bad of [undefined, null, {}, { contract: 2 }]) {
      expect(() => createStore({ driver: bad as never })).toThrow('a driver with contract 1');
    }
  });
});

describe('conditions and operations', () => {
  it('that are none are refused', async () => {
    const { store, driver } = setup();
    const bad = ['', 'never', 5, null, {}, { version: 5 }, { version: '' }, ['absent'], true];
    for (const condition of bad as never[]) {
      const value = 1 as never;
      const calls: (() => Promise<unknown>)[] = [
        () => store.set('a', value, { if: condition }),
        () => store.batch([{ type: 'set', key: 'a', value, if: condition }]),
        () => store.atomic({ checks: [{ key: 'a', if: condition }], writes: [] }),
      ];
      if (condition !== null) {
        calls.push(
          () => store.delete('a', { if: condition }),
          () => store.expire('a', 5, { if: condition }),
          () => store.persist('a', { if: condition }),
        );
      }
      for (const call of calls) expect(await code(call)).toBe('INVALID_ARGUMENT');
    }
    const always = 'any' as never;
    expect(await code(() => store.atomic({ checks: [{ key: 'a', if: always }], writes: [] }))).toBe(
      'INVALID_ARGUMENT',
    );
    const unknown = { type: 'incr', key: 'a' } as unknown as StoreWrite<never>;
    expect(await code(() => store.batch([unknown]))).toBe('INVALID_ARGUMENT');
    expect(await code(() => store.atomic({ writes: [unknown] }))).toBe('INVALID_ARGUMENT');
    expect(driver.calls).toEqual([]);
  });

  it('a commit names no key twice and keeps to the limit of the driver', async () => {
    const driver = spyDriver({ traits: { commit: { maxOperations: 3, scope: 'any' } } });
    const store = createStore({ driver });
    const remove = (key: string) => ({ type: 'delete', key }) as const;
    const twice = [
      { writes: [remove('a'), remove('b'), remove('a')] },
      { checks: [{ key: 'a', if: 'absent' } as const], writes: [remove('a')] },
    ];
    for (const operation of twice) {
      await expect(store.atomic(operation)).rejects.toMatchObject({
        code: 'INVALID_ARGUMENT',
        key: 'a',
      });
    }
    const four = ['a', 'b', 'c', 'd'].map(remove);
    await expect(store.atomic({ writes: four })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    });
    expect(driver.calls).toEqual([]);
    expect(await store.atomic({ writes: four.slice(1) })).toBe(true);
  });

  it('what a driver does not have is NOT_SUPPORTED', async () => {
    const {
      commit: _,
      scan: __,
      ...driver
    } = spyDriver({ traits: { commit: false, scan: 'none' } });
    const store = createStore({ driver });
    await expect(store.atomic({ writes: [{ type: 'delete', key: 'a' }] })).rejects.toMatchObject({
      code: 'NOT_SUPPORTED',
    });
    await expect(store.keys().next()).rejects.toMatchObject({ code: 'NOT_SUPPORTED' });
    expect(store.explain('commit').via).toBe('unsupported');
    expect(store.explain('scan').via).toBe('unsupported');
  });

  it('a listing takes a well-formed prefix and a page size from 1', async () => {
    const { store, driver } = setup();
    for (const prefix of ['\ud800', 5, null, ['a']] as string[]) {
      expect(await code(() => store.keys({ prefix }).next())).toBe('INVALID_KEY');
    }
    for (const pageSize of [0, -1, 0.5, Number.NaN, '5'] as number[]) {
      expect(await code(() => store.keys({ pageSize }).next())).toBe('INVALID_ARGUMENT');
    }
    expect(driver.calls).toEqual([]);
  });
});
