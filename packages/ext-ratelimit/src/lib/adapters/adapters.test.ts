import { createStore } from '@grovekv/kv-core';
import { memoryDriver } from '@grovekv/kv-core/memory';
import { createManualClock } from '@grovekv/kv-core/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import { expressStore } from '../../express.js';
import { type FastifyRateLimitStore, fastifyStore } from '../../fastify.js';
import { nestStorage } from '../../nestjs.js';

let clock: ReturnType<typeof createManualClock>;
let open: () => ReturnType<typeof createStore>;

beforeEach(async () => {
  clock = createManualClock();
  const driver = memoryDriver({ clock });
  open = () => createStore({ driver });
  // Windows begin where the clock divides by them.
  await clock.advance(60_000 - (clock.now() % 60_000));
});

describe('the store for express-rate-limit', () => {
  it('counts every hit of a window, beyond a limit too, for all processes', async () => {
    const [one, other] = [expressStore(open()), expressStore(open())];
    for (const store of [one, other]) store.init({ windowMs: 1_000 });
    const hits = await Promise.all([1, 2, 3, 4].map((n) => (n % 2 ? one : other).increment('a')));
    expect(hits.map(({ totalHits }) => totalHits).sort()).toEqual([1, 2, 3, 4]);
    expect(hits[0]!.resetTime).toEqual(new Date(clock.now() + 1_000));
    await one.decrement('a');
    expect((await other.get('a'))?.totalHits).toBe(3);
    expect(await other.get('b')).toBeUndefined();
    await one.decrement('b');
    await clock.advance(1_000);
    expect((await one.increment('a')).totalHits).toBe(1);
    await other.resetKey('a');
    expect((await one.increment('a')).totalHits).toBe(1);
    expect([one.localKeys, one.prefix]).toEqual([false, 'express']);
  });
});

describe('the store for @fastify/rate-limit', () => {
  const incr = (store: FastifyRateLimitStore, key: string, ...more: number[]) =>
    new Promise((resolve, reject) => {
      store.incr(key, (error, result) => (error ? reject(error) : resolve(result)), ...more);
    });

  it('counts by route, also on what inherits from it', async () => {
    const Store = fastifyStore(open());
    const store = new Store({ timeWindow: 1_000 });
    await clock.advance(400);
    expect(await incr(store, 'a')).toEqual({ current: 1, ttl: 600 });
    expect(await incr(Object.create(store) as FastifyRateLimitStore, 'a')).toEqual({
      current: 2,
      ttl: 600,
    });
    const route = store.child({ timeWindow: 2_000, routeInfo: { method: 'GET', url: '/x' } });
    expect(await incr(route, 'a')).toEqual({ current: 1, ttl: 1_600 });
    expect(await incr(route, 'a', 4_000)).toMatchObject({ current: 1, ttl: 3_600 });
    expect(await incr(new (fastifyStore(open()))({ timeWindow: 1_000 }), 'a')).toMatchObject({
      current: 3,
    });
    await expect(incr(store, '')).resolves.toMatchObject({ current: 1 });
    await expect(incr(store, 'a', -1)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  });
});

describe('the storage for @nestjs/throttler', () => {
  it('blocks who goes over the limit for as long as it is told, then begins anew', async () => {
    const [one, other] = [nestStorage(open()), nestStorage(open())];
    const hit = (storage = one) => storage.increment('a', 10_000, 2, 30_000, 'default');
    expect(await hit()).toEqual({
      totalHits: 1,
      timeToExpire: 10,
      isBlocked: false,
      timeToBlockExpire: 0,
    });
    await hit(other);
    expect(await hit()).toMatchObject({ totalHits: 3, isBlocked: true, timeToBlockExpire: 30 });
    await clock.advance(15_000);
    expect(await hit(other)).toMatchObject({ isBlocked: true, timeToBlockExpire: 15 });
    await clock.advance(15_000);
    expect(await hit()).toMatchObject({ totalHits: 1, isBlocked: false });
    await clock.advance(10_000);
    expect(await hit()).toMatchObject({ totalHits: 1 });
    expect(await one.increment('a', 10_000, 2, 0, 'other')).toMatchObject({ totalHits: 1 });
  });

  it('without a block counts on to the end of the window', async () => {
    const storage = nestStorage(open());
    const hit = () => storage.increment('a', 10_000, 1, 0, 'default');
    await hit();
    expect(await hit()).toMatchObject({ totalHits: 2, isBlocked: true, timeToBlockExpire: 0 });
    expect(await hit()).toMatchObject({ totalHits: 3, isBlocked: true });
    await clock.advance(10_000);
    expect(await hit()).toMatchObject({ totalHits: 1, isBlocked: false });
  });
});
