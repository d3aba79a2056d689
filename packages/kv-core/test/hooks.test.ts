import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LocalMutation, PutWrite, Write } from '../src/driver.js';
import { type Command, type Hook, keysOf, namespace } from '../src/hooks.js';
import { createKeyspace, createStore, type Store } from '../src/index.js';
import { memoryDriver } from '../src/memory.js';
import { type SpyDriver, spyDriver } from './support/spy-driver.js';
import { xorHook } from './support/xor-hook.js';

/** Writes down what passes: before and after the layers within. */
function recorder(name: string, log: string[]): Hook {
  return {
    name,
    async around(command, next) {
      log.push(`${name} ${command.verb} ${keysOf(command)}`);
      try {
        return await next(command);
      } finally {
        log.push(`${name} end`);
      }
    },
  };
}

/** One call of every verb that the store has. */
const VERBS: Record<string, [Command['verb'], (store: Store) => Promise<unknown>]> = {
  get: ['get', (store) => store.get('k')],
  getEntry: ['get', (store) => store.getEntry('k')],
  getMany: ['get', (store) => store.getMany(['k'])],
  has: ['get', (store) => store.has('k')],
  ttl: ['get', (store) => store.ttl('k')],
  ping: ['get', (store) => store.ping()],
  set: ['write', (store) => store.set('k', 1)],
  setMany: ['write', (store) => store.setMany([['k', 1]])],
  delete: ['write', (store) => store.delete('k')],
  deleteMany: ['write', (store) => store.deleteMany(['k'])],
  expire: ['write', (store) => store.expire('k', 5)],
  persist: ['write', (store) => store.persist('k')],
  batch: ['write', (store) => store.batch([{ type: 'delete', key: 'k' }])],
  atomic: ['commit', (store) => store.atomic({ writes: [{ type: 'delete', key: 'k' }] })],
  increment: ['increment', (store) => store.increment('k')],
  update: ['mutate', (store) => store.update('k', () => ({ keep: true, result: 0 }))],
  keys: ['scan', (store) => store.keys({ prefix: 'k' }).next()],
};

describe('layers', () => {
  it('the first hook of the list is the outermost; a view adds its own outside', async () => {
    const log: string[] = [];
    const hooks = [recorder('outer', log), namespace('n'), recorder('inner', log)];
    const store = createStore({ driver: memoryDriver(), hooks });
    await store.with({ hooks: [recorder('view', log)] }).set('k', 1);
    expect(log).toEqual([
      'view write k',
      'outer write k',
      'inner write n:k',
      'inner end',
      'outer end',
      'view end',
    ]);
    log.length = 0;
    await store.namespace('m').get('k');
    expect(log[0]).toBe('outer get m:k');
    expect(log[1]).toBe('inner get n:m:k');
  });

  it('of one hook with two faces the key face is outside', async () => {
    const log: string[] = [];
    const both: Hook = { ...recorder('both', log), key: namespace('n').key };
    await createStore({ driver: memoryDriver(), hooks: [both] }).get('k');
    expect(log[0]).toBe('both get n:k');
  });

  it('every verb passes every layer once, and can be refused there', async () => {
    const seen: Command[] = [];
    const spy: Hook = {
      name: 'spy',
      around(command, next) {
        seen.push(command);
        return next(command);
      },
    };
    const store = createStore({ driver: memoryDriver(), hooks: [spy] });
    for (const [verb, [kind, call]] of Object.entries(VERBS)) {
      seen.length = 0;
      await call(store);
      expect([verb, seen.map((command) => command.verb)]).toEqual([verb, [kind]]);
    }
    const refused = new Error('not today');
    const deny: Hook = { name: 'deny', around: () => Promise.reject(refused) };
    const driver = spyDriver();
    const denied = createStore({ driver, hooks: [deny] });
    for (const [, call] of Object.values(VERBS)) await expect(call(denied)).rejects.toBe(refused);
    expect(driver.calls).toEqual([]);
  });

  it('may run a command again, or answer for it', async () => {
    let tries = 0;
    const again: Hook = {
      name: 'again',
      async around(command, next) {
        tries += 1;
        await next(command);
        return next(command);
      },
    };
    const store = createStore({ driver: memoryDriver(), hooks: [again] });
    expect((await store.increment('n')).value).toBe(2);
    expect(tries).toBe(1);
  });

  it('without layers nothing stands between the store and the driver', async () => {
    const store = createStore({ driver: memoryDriver(), hooks: [xorHook()] });
    await store.set('a', 1);
    expect(store.explain('mutate')).toEqual({
      verb: 'mutate',
      via: 'portable',
      reason: expect.stringContaining('xor'),
    });
    expect(await store.get('a')).toBe(1);
  });

  it('calls of one tick stay one batch behind key and around faces', async () => {
    const driver = spyDriver();
    const hooks = [namespace('n'), recorder('log', [])];
    const store = createStore({ driver, hooks });
    await Promise.all(Array.from({ length: 64 }, (_, index) => store.get(`k${index}`)));
    expect(driver.calls).toHaveLength(1);
  });
});

const SECRET = 'SECRET-0123456789';
const SECRET_NUMBER = 123_456_789;

/** All bytes that the driver was ever given. */
function written(driver: SpyDriver): Uint8Array[] {
  return driver.calls.flatMap(({ method, args }) => {
    const writes = method === 'commit' ? (args[1] as Write[]) : (args[0] as Write[]);
    if (method !== 'write' && method !== 'commit') return [];
    return writes.flatMap((write) => (write.type === 'put' ? [(write as PutWrite).value] : []));
  });
}

describe('a value face', () => {
  for (const has of [[], ['mutate', 'increment']] as ('mutate' | 'increment')[][]) {
    it(`holds for every byte that any verb stores: driver with ${has.length ? has : 'nothing native'}`, async () => {
      const driver = spyDriver({ has });
      const store = createStore({ driver, hooks: [xorHook()] });
      await store.set('a', SECRET);
      await store.setMany([['b', SECRET]]);
      await store.batch([{ type: 'set', key: 'c', value: SECRET }]);
      await store.atomic({ writes: [{ type: 'set', key: 'd', value: SECRET }] });
      await store.update('e', () => ({ put: SECRET, result: 0 }));
      await store.increment('n', SECRET_NUMBER);
      await store.increment('n', 0);
      await createKeyspace<string>(store, 'space').set('f', SECRET);

      const keys = ['a', 'b', 'c', 'd', 'e', 'space:f'];
      expect(await store.getMany(keys)).toEqual(keys.map(() => SECRET));
      expect(await store.get('n')).toBe(SECRET_NUMBER);
      expect((await store.getEntry('a'))?.value).toBe(SECRET);
      expect(await store.update('a', (value) => ({ keep: true, result: value }))).toBe(SECRET);
      expect(new TextDecoder().decode(await store.raw.get('a'))).toBe(`"${SECRET}"`);

      expect(driver.calls.filter(({ method }) => method === 'mutate')).toEqual([]);
      expect(driver.calls.filter(({ method }) => method === 'increment')).toEqual([]);
      const all = written(driver);
      expect(all.length).toBeGreaterThanOrEqual(8);
      for (const bytes of all) {
        const text = Buffer.from(bytes).toString('latin1');
        expect(text).not.toContain('SECRET');
        expect(text).not.toContain(String(SECRET_NUMBER));
        expect(bytes[0]).toBe(0xd7);
      }
    });
  }

  it('mutations of views with and without it do not share a write', async () => {
    const driver = spyDriver();
    const store = createStore({ driver });
    const hidden = store.with({ hooks: [xorHook()] });
    await Promise.all([
      store.update('a', () => ({ keep: true, result: 0 })),
      hidden.update('a', () => ({ put: SECRET, result: 0 })),
    ]);
    for (const bytes of written(driver)) expect(bytes[0]).toBe(0xd7);
    expect(await hidden.get('a')).toBe(SECRET);
  });

  it('the function of a local mutation is not shown ciphertext: it does not run there at all', async () => {
    const inner = memoryDriver();
    let ran = 0;
    const driver = {
      ...inner,
      traits: inner.traits,
      get: inner.get.bind(inner),
      write: inner.write.bind(inner),
      close: inner.close.bind(inner),
      mutate: (mutations: readonly LocalMutation[]) => {
        ran += mutations.length;
        return mutations.map(() => undefined);
      },
    } as const;
    const store = createStore({ driver: { ...driver, contract: 1 }, hooks: [xorHook()] });
    await store.update('a', () => ({ put: 1, result: 1 }));
    expect(ran).toBe(0);
  });

  it('is applied at the key of the driver: values cannot be moved', async () => {
    const driver = memoryDriver();
    const plain = createStore({ driver });
    const view = createStore({ driver, hooks: [xorHook()] }).namespace('n');
    await view.set('a', 'text of some length');
    const stolen = await plain.raw.get('n:a');
    await plain.raw.set('n:b', stolen!);
    await expect(view.get('b')).rejects.toMatchObject({ code: 'CORRUPT_VALUE', key: 'b' });
    await plain.set('n:c', 'plain');
    for (const call of [
      view.get('c'),
      view.getMany(['a', 'c']),
      view.getEntry('c'),
      view.update('c', () => ({ put: 1, result: 1 })),
      view.increment('c'),
    ]) {
      await expect(call).rejects.toMatchObject({ code: 'DECRYPT_FAILED', key: 'c' });
    }
  });

  it('several encode in the order of the list and decode in reverse', async () => {
    const append = (name: string, byte: number): Hook => ({
      name,
      value: {
        encode: (value) => Uint8Array.of(...value, byte),
        decode(value) {
          expect(value.at(-1)).toBe(byte);
          return value.slice(0, -1);
        },
      },
    });
    const driver = memoryDriver();
    const store = createStore({ driver, hooks: [append('a', 1), append('b', 2)] });
    const view = store.with({ hooks: [append('c', 3)] });
    await view.set('k', 7);
    expect(await createStore({ driver }).raw.get('k')).toEqual(Uint8Array.of(0x37, 3, 1, 2));
    expect(await view.get('k')).toBe(7);
  });

  it('what it fails with is a KvError with the key and outcome none', async () => {
    const boom = (): never => {
      throw new Error('no key server');
    };
    const driver = memoryDriver();
    await createStore({ driver, hooks: [] }).set('k', 1);
    const hooks: Hook[] = [{ name: 'broken', value: { encode: boom, decode: boom } }];
    const store = createStore({ driver, hooks });
    for (const call of [
      store.get('k'),
      store.getMany(['k']),
      store.set('k', 2),
      store.update('k', () => ({ put: 1, result: 1 })),
      store.increment('k'),
      store.setMany([['k', 2]]),
    ]) {
      await expect(call).rejects.toMatchObject({ name: 'KvError', key: 'k', outcome: 'none' });
    }
    expect(await createStore({ driver }).get('k')).toBe(1);
  });

  it('results are the same with hooks as without, for any program of writes', async () => {
    const step = fc.record({
      verb: fc.constantFrom('set', 'increment', 'update', 'delete', 'atomic'),
      key: fc.constantFrom('a', 'b'),
      value: fc.oneof(fc.integer(), fc.string(), fc.constant(null)),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 15 }), async (steps) => {
        const plain = createStore({ driver: memoryDriver() });
        const hooks = [namespace('t'), xorHook(3)];
        const hooked = createStore({ driver: spyDriver(), hooks });
        const run = async (store: Store): Promise<unknown[]> => {
          const answers = steps.map(({ verb, key, value }) => {
            if (verb === 'set') return store.set(key, value, { if: 'absent' });
            if (verb === 'increment') return store.increment(key, 3, { max: 10 });
            if (verb === 'delete') return store.delete(key);
            if (verb === 'update') {
              return store.update(key, (now) => ({ put: [now ?? 0].flat(), result: now }));
            }
            return store.atomic({ writes: [{ type: 'set', key, value, if: 'present' }] });
          });
          const settled = await Promise.allSettled(answers);
          const shown = settled.map((answer) =>
            answer.status === 'fulfilled' ? answer.value : answer.reason.code,
          );
          return [...shown, await store.getMany(['a', 'b'])];
        };
        expect(await run(hooked)).toEqual(await run(plain));
      }),
    );
  });
});

describe('a key face', () => {
  const upper: Hook = {
    name: 'upper',
    key: { to: (key) => key.toUpperCase(), from: (key) => key.toLowerCase() },
  };

  it('holds for every verb, and for what comes back', async () => {
    const driver = memoryDriver();
    const store = createStore({ driver, hooks: [upper] });
    const plain = createStore({ driver });
    await store.set('one', 1);
    await store.setMany([['two', 2]]);
    await store.batch([{ type: 'set', key: 'three', value: 3 }]);
    await store.atomic({
      checks: [{ key: 'one', if: 'present' }],
      writes: [{ type: 'set', key: 'four', value: 4 }],
    });
    await store.increment('five', 5);
    await store.update('six', () => ({ put: 6, result: 0 }));
    const stored: string[] = [];
    for await (const key of plain.keys()) stored.push(key);
    expect(stored).toEqual(['FIVE', 'FOUR', 'ONE', 'SIX', 'THREE', 'TWO']);
    const listed: string[] = [];
    for await (const key of store.keys({ prefix: 'f' })) listed.push(key);
    expect(listed).toEqual(['five', 'four']);
    expect(await store.getMany(['one', 'two', 'three', 'four', 'five', 'six'])).toEqual([
      1, 2, 3, 4, 5, 6,
    ]);
    expect(await store.deleteMany(['one', 'two'])).toBe(2);
    expect(await plain.has('ONE')).toBe(false);
  });
});
