import { describe, expect, it } from 'vitest';
import { cache } from '../src/cache.js';
import { text } from '../src/codecs.js';
import type { DriverTraits } from '../src/driver.js';
import { encryption, namespace, readOnly } from '../src/hooks.js';
import { createStore } from '../src/index.js';
import { memoryDriver } from '../src/memory.js';
import { msgpack } from '../src/msgpack.js';
import { createManualClock, portable } from '../src/testing.js';
import { spyDriver } from './support/spy-driver.js';
import { xorHook } from './support/xor-hook.js';

describe('views', () => {
  it('share driver and order: calls on one key keep their order across views', async () => {
    const driver = spyDriver();
    const store = createStore({ driver });
    const view = store.with({}).namespace('a').raw;
    void store.set('a:k', 1);
    const read = view.get('k');
    void store.namespace('a').set('k', 2);
    expect(new TextDecoder().decode(await read)).toBe('1');
    expect(await store.get('a:k')).toBe(2);
  });

  it('change nothing about the store that they are made of', async () => {
    const store = createStore({ driver: memoryDriver() });
    const view = store.with({ codec: text(), ttlMs: 1_000, hooks: [xorHook()] });
    await view.set('a', 'text');
    await store.set('b', { json: true });
    expect(await store.ttl('b')).toBe(Number.POSITIVE_INFINITY);
    expect(await view.ttl('a')).toBeLessThanOrEqual(1_000);
    await expect(store.get('a')).rejects.toMatchObject({ code: 'CORRUPT_VALUE' });
    await expect(view.get('b')).rejects.toMatchObject({ code: 'DECRYPT_FAILED' });
  });

  it('inherit codec, hooks, ttl and clock, each of which can be replaced or added to', async () => {
    const clock = createManualClock();
    const driver = memoryDriver({ clock });
    const store = createStore({ driver, codec: msgpack(), ttlMs: 500, hooks: [xorHook()] });
    const view = store.namespace('n');
    expect(view.clock).toBe(clock);
    await view.set('a', new Date(5));
    expect(await view.get('a')).toEqual(new Date(5));
    expect(await view.ttl('a')).toBe(500);
    expect(await view.with({ ttlMs: 50 }).set('b', 1)).toBe(true);
    expect(await view.ttl('b')).toBe(50);
    expect((await createStore({ driver }).raw.get('n:a'))?.[0]).toBe(0xd7);
    const own = createManualClock();
    expect(createStore({ driver, clock: own }).clock).toBe(own);
  });

  it('raw gives the stored bytes behind the hooks, in and out', async () => {
    const store = createStore({ driver: memoryDriver(), hooks: [xorHook()] });
    const raw = store.raw;
    expect(store.raw).toBe(raw);
    await raw.set('a', new TextEncoder().encode('{"a":1}'));
    expect(await store.get('a')).toEqual({ a: 1 });
    await expect(raw.set('a', 'text' as never)).rejects.toMatchObject({ code: 'INVALID_VALUE' });
    await raw.update('a', (bytes) => ({ put: Uint8Array.of(...(bytes ?? []), 0x20), result: 0 }));
    expect(await store.get('a')).toEqual({ a: 1 });
  });
});

describe('what a store says of itself', () => {
  it('capabilities are the traits of the driver', () => {
    const driver = memoryDriver();
    const { capabilities } = createStore({ driver }).namespace('a');
    expect(capabilities).toBe(driver.traits);
    const { name, scan, shared }: DriverTraits = capabilities;
    expect({ name, scan, shared }).toEqual({ name: 'memory', scan: 'ordered', shared: false });
  });

  it('explain tells which way each verb takes, and names what is in the way', () => {
    const native = createStore({ driver: spyDriver({ has: ['increment', 'mutate'] }) });
    expect(native.explain('increment').via).toBe('native');
    expect(native.explain('mutate').via).toBe('local');
    expect(native.namespace('a').explain('increment').via).toBe('native');
    const hidden = native.with({ hooks: [xorHook()] });
    for (const verb of ['increment', 'mutate'] as const) {
      expect(hidden.explain(verb)).toMatchObject({ verb, via: 'portable' });
      expect(hidden.explain(verb).reason).toContain('xor');
    }
    const plain = createStore({ driver: portable(memoryDriver()) });
    for (const verb of ['increment', 'mutate'] as const) {
      expect(plain.explain(verb)).toMatchObject({ via: 'portable' });
      expect(plain.explain(verb).reason).toContain('memory has no such operation');
    }
    expect(createStore({ driver: memoryDriver() }).explain('increment').via).toBe('local');
    for (const verb of ['get', 'write', 'scan', 'commit'] as const) {
      expect(plain.explain(verb).via).toBe('native');
    }
  });

  it('explain tells the truth: what it says is what the driver is asked', async () => {
    for (const has of [[], ['mutate'], ['increment'], ['increment', 'mutate']] as const) {
      for (const hooks of [[], [xorHook()]]) {
        const driver = spyDriver({ has });
        const store = createStore({ driver, hooks });
        const asked = async (call: () => Promise<unknown>): Promise<string[]> => {
          driver.calls.length = 0;
          await call();
          return driver.calls.map(({ method }) => method);
        };
        const expected = {
          native: ['increment'],
          local: ['mutate'],
          portable: ['get', 'write'],
          unsupported: [],
        };
        const add = await asked(() => store.increment('n'));
        expect(add).toEqual(expected[store.explain('increment').via]);
        const update = await asked(() => store.update('u', () => ({ put: 1, result: 0 })));
        expect(update).toEqual(expected[store.explain('mutate').via]);
      }
    }
  });

  it('ping asks the server', async () => {
    const driver = spyDriver();
    expect(await createStore({ driver }).ping()).toBeGreaterThanOrEqual(0);
    expect(driver.of('get')).toHaveLength(1);
  });

  it('ping reads no key that anybody has, and is answered by no cache', async () => {
    const driver = spyDriver();
    const plain = createStore({ driver });
    await plain.set('ping', 'neither ciphertext nor in the namespace');
    const keys = [{ id: 'k', key: new Uint8Array(32) }];
    const store = plain.with({
      hooks: [cache({ ttlMs: 60_000 }), readOnly(), namespace('a'), encryption({ keys })],
    });
    expect(await store.ping()).toBeGreaterThanOrEqual(0);
    expect(await store.ping()).toBeGreaterThanOrEqual(0);
    expect(driver.of('get').map(({ args }) => args[0])).toEqual([['a:\0ping'], ['a:\0ping']]);
  });
});

describe('the verbs', () => {
  it('answer as documented', async () => {
    const clock = createManualClock();
    const store = createStore({ driver: memoryDriver({ clock }) });
    expect(await store.get('a')).toBeUndefined();
    expect(await store.getEntry('a')).toBeUndefined();
    expect(await store.ttl('a')).toBeUndefined();
    expect(await store.has('a')).toBe(false);
    expect(await store.delete('a')).toBe(false);
    expect(await store.expire('a', 5)).toBe(false);
    expect(await store.persist('a')).toBe(false);
    expect(await store.set('a', 1, { if: 'present' })).toBe(false);
    expect(await store.set('a', 1, { if: 'absent' })).toBe(true);
    expect(await store.set('a', 2, { if: 'absent' })).toBe(false);
    const entry = await store.getEntry('a');
    expect(entry).toEqual({ value: 1, version: expect.any(String), ttlMs: undefined });
    const condition = { if: { version: entry!.version } };
    expect(await store.set('a', 2, condition)).toBe(true);
    expect(await store.set('a', 3, condition)).toBe(false);
    expect(await store.delete('a', condition)).toBe(false);
    expect(await store.ttl('a')).toBe(Number.POSITIVE_INFINITY);
    expect(await store.expire('a', 1_000)).toBe(true);
    expect(await store.ttl('a')).toBe(1_000);
    expect(await store.set('a', 4, { ttlMs: 'keep' })).toBe(true);
    expect(await store.ttl('a')).toBe(1_000);
    expect(await store.persist('a')).toBe(true);
    expect(await store.ttl('a')).toBe(Number.POSITIVE_INFINITY);
    expect(
      await store.setMany([
        ['a', 5],
        ['a', 6],
        ['b', 7],
      ]),
    ).toEqual([true, true, true]);
    expect(await store.getMany(['b', 'a', 'c', 'a'])).toEqual([7, 6, undefined, 6]);
    expect(await store.deleteMany(['a', 'a', 'c'])).toBe(1);
    expect(
      await store.batch([
        { type: 'set', key: 'b', value: 8, if: 'absent' },
        { type: 'expire', key: 'b', ttlMs: 'none' },
        { type: 'delete', key: 'c', if: 'present' },
        { type: 'delete', key: 'c' },
      ]),
    ).toEqual([false, true, false, true]);
    expect(await store.atomic({ checks: [{ key: 'b', if: 'present' }], writes: [] })).toBe(true);
    expect(await store.atomic({ checks: [{ key: 'b', if: 'absent' }], writes: [] })).toBe(false);
    expect(await store.increment('n')).toEqual({ value: 1, applied: true });
    expect(await store.increment('n', 5, { max: 3 })).toEqual({ value: 1, applied: false });
  });
});
