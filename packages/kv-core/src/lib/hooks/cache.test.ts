import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../../../tests/support/seeded-random.js';
import { createGate } from '../../../test/support/gate.js';
import { type SpyOptions, spyDriver } from '../../../test/support/spy-driver.js';
import { turns } from '../../../test/support/turns.js';
import { memoryDriver } from '../../memory.js';
import { KvError } from '../errors/kv-error.js';
import { createStore } from '../store/create-store.js';
import { type CacheOptions, cache } from './cache.js';
import { retry } from './retry.js';

function setup(options: Partial<CacheOptions> = {}, spy: SpyOptions = {}) {
  let now = 0;
  const inner = memoryDriver();
  const driver = spyDriver({ inner, ...spy });
  const store = createStore({
    driver,
    hooks: [cache({ ttlMs: 100, monotonic: () => now, ...options })],
  });
  const reads = (): unknown[] => driver.of('get').flatMap(({ args }) => args[0] as string[]);
  return {
    store,
    driver,
    reads,
    other: createStore({ driver: inner }),
    pass: (ms: number) => (now += ms),
  };
}

describe('cache', () => {
  it('answers get, getMany and has from memory until the time is up', async () => {
    const { store, other, reads, pass } = setup();
    await store.set('a', 1);
    expect(await store.get('a')).toBe(1);
    await other.set('a', 2);
    expect([await store.get('a'), await store.has('a'), await store.getMany(['a', 'a'])]).toEqual([
      1,
      true,
      [1, 1],
    ]);
    expect(reads()).toEqual(['a']);
    pass(99);
    expect(await store.get('a')).toBe(1);
    pass(1);
    expect(await store.get('a')).toBe(2);
  });

  it('asks only for what it does not have, and keeps no absence', async () => {
    const { store, reads, other } = setup();
    await store.setMany([
      ['a', 1],
      ['b', 2],
    ]);
    await store.get('a');
    expect(await store.getMany(['b', 'a', 'c', 'b'])).toEqual([2, 1, undefined, 2]);
    expect(reads()).toEqual(['a', 'b', 'c']);
    await other.set('c', 3);
    expect(await store.get('c')).toBe(3);
  });

  it('asks the driver where a version or ttl is wanted, and in updates', async () => {
    const { store, other } = setup();
    await store.set('a', 1);
    await store.get('a');
    await other.set('a', 2, { ttlMs: 5_000 });
    expect((await store.getEntry('a'))?.value).toBe(2);
    expect(await store.ttl('a')).toBeGreaterThan(4_000);
    expect(await store.update('a', (value) => ({ keep: true, result: value }))).toBe(2);
  });

  it('any writing verb of the same store drops the key', async () => {
    const { store } = setup();
    const writes: [(key: string) => Promise<unknown>, unknown][] = [
      [(key) => store.set(key, 2), 2],
      [(key) => store.increment(key), 2],
      [(key) => store.update(key, () => ({ put: 2, result: 0 })), 2],
      [(key) => store.delete(key), undefined],
      [(key) => store.batch([{ type: 'delete', key }]), undefined],
      [(key) => store.atomic({ writes: [{ type: 'set', key, value: 2 }] }), 2],
    ];
    for (const [write, expected] of writes) {
      await store.set('a', 1);
      expect(await store.get('a')).toBe(1);
      const writing = write('a');
      const beside = store.get('a');
      await writing;
      expect(await beside).toBe(expected);
      expect(await store.get('a')).toBe(expected);
    }
  });

  it('does not keep a read that a write has overtaken', async () => {
    const gate = createGate();
    const { store } = setup(
      {},
      { after: ({ method }) => (method === 'get' ? gate.pass() : undefined) },
    );
    await store.set('a', 1);
    const slow = store.get('a');
    await turns(1);
    const writing = store.set('a', 2);
    gate.open();
    expect(await slow).toBe(1);
    await writing;
    expect(await store.get('a')).toBe(2);
  });

  it('does not keep what it read while a write failed in doubt', async () => {
    let broken = false;
    const { store, other } = setup(
      {},
      {
        after: ({ method }) => {
          if (broken && method === 'write') throw new Error('reply lost');
        },
      },
    );
    await store.set('a', 1);
    await store.get('a');
    broken = true;
    await expect(store.set('a', 2)).rejects.toMatchObject({ outcome: 'unknown' });
    expect(await store.get('a')).toBe(await other.get('a'));
  });

  it('does not keep what was read between two attempts of a write', async () => {
    const gate = createGate();
    let refusals = 0;
    const driver = spyDriver({
      before: ({ method }) => {
        if (method === 'write' && refusals-- > 0) throw new KvError('UNAVAILABLE', 'not now');
      },
    });
    const hooks = [cache({ ttlMs: 1_000 }), retry({ sleep: gate.pass })];
    const store = createStore({ driver, hooks });
    await store.set('a', 1);
    refusals = 1;
    const writing = store.set('a', 2);
    await expect.poll(() => gate.waiting).toBe(1);
    expect(await store.get('a')).toBe(1);
    gate.open();
    await writing;
    expect(await store.get('a')).toBe(2);
  });

  it('gives an old answer at once while it fetches a new one, if asked to', async () => {
    const { store, other, pass, reads } = setup({ staleMs: 50 });
    await store.set('a', 1);
    await store.get('a');
    await other.set('a', 2);
    pass(120);
    expect(await Promise.all([store.get('a'), store.get('a')])).toEqual([1, 1]);
    await turns(2);
    expect(await store.get('a')).toBe(2);
    expect(reads()).toEqual(['a', 'a']);
    pass(150);
    await other.set('a', 3);
    expect(await store.get('a')).toBe(3);
  });

  it('an answer that was long on its way is as old as the question', async () => {
    const gate = createGate();
    const { store, other, pass } = setup(
      {},
      { after: ({ method }) => (method === 'get' ? gate.pass() : undefined) },
    );
    await other.set('a', 1);
    const slow = store.get('a');
    await turns(2);
    pass(80);
    await other.set('a', 2);
    gate.open();
    expect(await slow).toBe(1);
    pass(19);
    expect(await store.get('a')).toBe(1);
    pass(1);
    expect(await store.get('a')).toBe(2);
  });

  it('a failing background fetch disturbs nobody', async () => {
    let broken = false;
    const { store, pass } = setup(
      { staleMs: 1_000 },
      {
        before: () => {
          if (broken) throw new Error('down');
        },
      },
    );
    await store.set('a', 1);
    await store.get('a');
    broken = true;
    pass(150);
    expect(await store.get('a')).toBe(1);
    await turns(2);
    pass(1_000);
    await expect(store.get('a')).rejects.toMatchObject({ code: 'INVALID_DRIVER' });
  });

  it('is bounded in keys and bytes', async () => {
    const few = setup({ maxKeys: 2 });
    await few.store.setMany(['a', 'b', 'c'].map((key) => [key, 1]));
    for (const key of ['a', 'b', 'c', 'a']) await few.store.get(key);
    expect(few.reads()).toEqual(['a', 'b', 'c', 'a']);
    const small = setup({ maxBytes: 20 });
    await small.store.set('big', 'x'.repeat(50));
    await small.store.get('big');
    await small.store.get('big');
    expect(small.reads()).toEqual(['big', 'big']);
  });

  it('gives every caller bytes of its own', async () => {
    const { store } = setup();
    await store.raw.set('a', Uint8Array.of(1, 2));
    (await store.raw.get('a'))!.fill(9);
    expect(await store.raw.get('a')).toEqual(Uint8Array.of(1, 2));
  });

  it('a store reads its own writes, whatever the delays', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.boolean(), fc.boolean()), { maxLength: 20 }),
        fc.integer(),
        async (steps, seed) => {
          const random = createRandom(seed);
          const wait = (): Promise<void> => turns(Math.floor(random() * 3));
          const { store } = setup({ ttlMs: 1e9, staleMs: 1e9 }, { before: wait, after: wait });
          let last: number | undefined;
          const answers: [Promise<unknown>, unknown][] = [];
          for (const [index, [writes, awaited]] of steps.entries()) {
            if (writes) {
              const writing = store.set('a', index);
              last = index;
              if (awaited) await writing;
            } else {
              const reading = store.get('a');
              answers.push([reading, last]);
              if (awaited) await reading;
            }
          }
          for (const [answer, expected] of answers) expect(await answer).toBe(expected);
          expect(await store.get('a')).toBe(last);
        },
      ),
      { numRuns: 200 },
    );
  });

  it('refuses options that cannot be right', () => {
    for (const bad of [
      { ttlMs: 0 },
      { ttlMs: Number.NaN },
      { ttlMs: 1, staleMs: -1 },
      { ttlMs: 1, maxKeys: 0 },
      { ttlMs: 1, maxKeys: 1.5 },
      { ttlMs: 1, maxBytes: Number.POSITIVE_INFINITY },
    ]) {
      expect(() => cache(bad)).toThrow('cache takes');
    }
  });
});
