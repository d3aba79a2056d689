import { createCounter } from '@grovekv/ext-counter';
import { createLock } from '@grovekv/ext-lock';
import { createStore, type Store } from '@grovekv/kv-core';
import { describe, expect, it } from 'vitest';
import { drivers } from './drivers.js';

describe.each(drivers)('two tenants with the same keys on $name', (chosen) => {
  it('never see each other, in any verb, scan, batch or extension', async () => {
    const store = createStore({ driver: chosen.create() });
    const run = Math.random().toString(36).slice(2);
    const a = store.namespace(`${run}:a`);
    const b = store.namespace(`${run}:a:`);

    await everyVerb(a, 1);
    expect(await listing(b)).toEqual([]);
    expect(await b.getMany(['k', 'many', 'batch', 'n', 'u'])).toEqual(Array(5).fill(undefined));
    expect(await b.has('k')).toBe(false);
    expect(await b.ttl('k')).toBeUndefined();
    expect(await b.expire('k', 1_000)).toBe(false);
    expect(await b.persist('k')).toBe(false);
    expect(await b.delete('k')).toBe(false);
    expect(await b.deleteMany(['many', 'batch'])).toBe(0);

    await everyVerb(b, 2);
    const before = await contents(a);
    await b.deleteMany(Object.keys(await contents(b)));
    expect(await contents(a)).toEqual(before);
    expect(await a.get('k')).toBe(1);

    const lockOfA = await createLock(a, 'door', { ttlMs: 5_000 }).tryAcquire();
    const lockOfB = await createLock(b, 'door', { ttlMs: 5_000 }).tryAcquire();
    expect([lockOfA?.held, lockOfB?.held]).toEqual([true, true]);
    await createCounter(a, 'visits').add(5);
    expect(await createCounter(b, 'visits').get()).toBe(0);
    await lockOfA?.release();
    expect(lockOfB?.held).toBe(true);
    await lockOfB?.release();
    await store.close();
  });
});

async function everyVerb(store: Store, value: number): Promise<void> {
  await store.set('k', value);
  await store.setMany([['many', value]]);
  await store.batch([{ type: 'set', key: 'batch', value }]);
  await store.increment('n', value);
  await store.update('u', () => ({ put: value, result: undefined }));
}

async function listing(store: Store): Promise<string[]> {
  const keys: string[] = [];
  if (store.capabilities.scan === 'none') return keys;
  for await (const key of store.keys()) keys.push(key);
  return keys.sort();
}

async function contents(store: Store): Promise<Record<string, unknown>> {
  const keys = ['k', 'many', 'batch', 'n', 'u'];
  const values = await store.getMany(keys);
  return Object.fromEntries(keys.map((key, index) => [key, values[index]]));
}
