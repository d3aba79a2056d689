import { createStore } from '@grovekv/kv-core';
import { memoryDriver } from '@grovekv/kv-core/memory';
import { createManualClock, portable } from '@grovekv/kv-core/testing';
import { expect, it } from 'vitest';
import { betterAuthStorage } from './better-auth-storage.js';

const TOKEN = 'active-sessions-kT3mP9vQ2xW7';

function make() {
  const clock = createManualClock();
  const driver = portable(memoryDriver({ clock }));
  const store = createStore({ driver, clock });
  // Two processes on one database.
  const other = createStore({ driver, clock });
  return { clock, store, storage: betterAuthStorage(store), elsewhere: betterAuthStorage(other) };
}

it('keeps text until its seconds are over, and answers null for what is not there', async () => {
  const { clock, storage, elsewhere } = make();
  expect(await storage.get(TOKEN)).toBeNull();
  await storage.set(TOKEN, '{"user":"ada"}', 60);
  await storage.set('for ever', 'x');
  expect(await elsewhere.get(TOKEN)).toBe('{"user":"ada"}');
  await clock.advance(60_000);
  expect(await elsewhere.get(TOKEN)).toBeNull();
  await storage.delete('for ever');
  await storage.delete('for ever');
  expect(await elsewhere.get('for ever')).toBeNull();
});

it('gives a one-time token to one of many', async () => {
  const { storage, elsewhere } = make();
  await storage.set(TOKEN, 'once', 60);
  const got = await Promise.all(
    Array.from({ length: 20 }, (_, turn) =>
      (turn % 2 === 0 ? storage : elsewhere).getAndDelete(TOKEN),
    ),
  );
  expect(got.filter((value) => value !== null)).toEqual(['once']);
  expect(await storage.get(TOKEN)).toBeNull();
});

it('counts exactly, for the time that the first one gave', async () => {
  const { clock, storage, elsewhere } = make();
  const counts = await Promise.all(
    Array.from({ length: 20 }, (_, turn) =>
      (turn % 2 === 0 ? storage : elsewhere).increment('tries', 10),
    ),
  );
  expect(counts.sort((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, at) => at + 1));
  await clock.advance(6_000);
  expect(await storage.increment('tries', 10)).toBe(21);
  await clock.advance(4_000);
  expect(await storage.increment('tries', 10)).toBe(1);
});

it('stores no token in the clear, and refuses times that cannot be right', async () => {
  const { store, storage } = make();
  await storage.set(TOKEN, 'value', 60);
  const keys: string[] = [];
  for await (const key of store.keys()) keys.push(key);
  expect(keys).toHaveLength(1);
  expect(keys[0]).not.toContain(TOKEN);
  for (const seconds of [0, -1, Number.NaN, Number.POSITIVE_INFINITY, '60' as unknown as number]) {
    const refused = { code: 'INVALID_ARGUMENT' };
    await expect(storage.set(TOKEN, 'new', seconds)).rejects.toMatchObject(refused);
    await expect(storage.increment('tries', seconds)).rejects.toMatchObject(refused);
  }
  expect(await storage.get(TOKEN)).toBe('value');
});
