import { createStore, KvError } from '@grovekv/kv-core';
import type { Driver } from '@grovekv/kv-core/driver';
import { memoryDriver } from '@grovekv/kv-core/memory';
import { createManualClock, type ManualClock, portable } from '@grovekv/kv-core/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import { createRateLimiter, type RateLimiterOptions, type StrategyName } from '../index.js';

let clock: ManualClock;
let driver: Driver;
/** How often the driver was asked for anything. */
let calls: number;

beforeEach(() => {
  clock = createManualClock();
  const inner = memoryDriver({ clock });
  calls = 0;
  const counted = <A extends unknown[], R>(run: (...args: A) => R) => {
    return (...args: A): R => {
      calls += 1;
      return run(...args);
    };
  };
  driver = {
    contract: 1,
    traits: { ...inner.traits, synchronous: undefined },
    clock,
    get: counted((keys, call) => inner.get(keys, call)),
    write: counted((writes, call) => inner.write(writes, call)),
    close: () => inner.close(),
  };
});

const open = () => createStore({ driver });
const make = (options: Partial<RateLimiterOptions> = {}, store = open()) =>
  createRateLimiter(store, 'api', { limit: 5, windowMs: 1_000, ...options } as RateLimiterOptions);
const all: StrategyName[] = [
  'slidingWindow',
  'fixedWindow',
  'slidingCounter',
  'gcra',
  'tokenBucket',
  'exact',
];

describe.each(all)('a limiter by %s', (strategy) => {
  it('lets exactly its limit of concurrent requests in, in one write, and tells what is left', async () => {
    const limiter = make({ strategy });
    const results = await Promise.all(Array.from({ length: 20 }, () => limiter.limit('ada')));
    expect(results.map(({ allowed }) => allowed)).toEqual([
      ...Array(5).fill(true),
      ...Array(15).fill(false),
    ]);
    expect(results.slice(0, 6).map(({ remaining }) => remaining)).toEqual([4, 3, 2, 1, 0, 0]);
    expect(results.every(({ limit }) => limit === 5)).toBe(true);
    expect(results[0]!.retryAfterMs).toBe(0);
    expect(results[5]!.retryAfterMs).toBeGreaterThan(0);
    expect(calls).toBe(2);
    expect((await limiter.limit('bob')).allowed).toBe(true);
  });

  it('counts for several processes together', async () => {
    const processes = Array.from({ length: 4 }, () => make({ strategy }));
    const results = await Promise.all(
      Array.from({ length: 40 }, (_, index) => processes[index % 4]!.limit('ada')),
    );
    expect(results.filter(({ allowed }) => allowed)).toHaveLength(5);
  });

  it('takes all of a weighted request or nothing', async () => {
    const limiter = make({ strategy, denyCacheMs: 0 });
    expect(await limiter.limit('a', { cost: 3 })).toMatchObject({ allowed: true, remaining: 2 });
    for (let round = 0; round < 3; round += 1) {
      expect(await limiter.limit('a', { cost: 3 })).toMatchObject({ allowed: false, remaining: 2 });
    }
    expect(await limiter.limit('a', { cost: 2 })).toMatchObject({ allowed: true, remaining: 0 });
    const never = await limiter.limit('a', { cost: 6 });
    expect(never).toMatchObject({ allowed: false, retryAfterMs: Number.POSITIVE_INFINITY });
    expect(await limiter.limit('b', { cost: 6 })).toMatchObject({ allowed: false, remaining: 5 });
    expect(await limiter.limit('b', { cost: 5 })).toMatchObject({ allowed: true });
  });

  it('lets in again when it said, and not before; leaves nothing behind', async () => {
    const store = open();
    const limiter = make({ strategy }, store);
    let last = await limiter.limit('a');
    while (last.allowed) last = await limiter.limit('a');
    await clock.advance(last.retryAfterMs - 1);
    expect((await limiter.peek('a')).allowed).toBe(false);
    await clock.advance(1);
    expect((await limiter.peek('a')).allowed).toBe(true);
    const { resetAt } = await limiter.limit('a');
    await clock.advance(resetAt - clock.now());
    expect(await limiter.peek('a')).toMatchObject({ allowed: true, remaining: 5 });
    await clock.advance(66 * 60_000);
    expect(await store.has('api:a')).toBe(false);
  });

  it.each([3_600_000, -3_600_000])(
    'neither locks out nor refills when a wall clock jumps by %d',
    async (ms) => {
      const limiter = make({ strategy, denyCacheMs: 0 });
      let first = await limiter.limit('a');
      while (first.allowed) first = await limiter.limit('a');
      clock.jump(ms);
      expect((await limiter.limit('a')).allowed).toBe(false);
      await clock.advance(first.retryAfterMs);
      expect((await limiter.limit('a')).allowed).toBe(true);
    },
  );
});

describe('a limiter', () => {
  it('never lets in twice its limit around the edge of a window, as a fixed window would', async () => {
    const limiter = make({ denyCacheMs: 0 });
    await clock.advance(999 - (clock.now() % 1_000) + 1_000);
    let admitted = 0;
    for (let step = 0; step < 10; step += 1) {
      for (let ask = 0; ask < 5; ask += 1) if ((await limiter.limit('a')).allowed) admitted += 1;
      await clock.advance(90);
    }
    expect(admitted).toBe(5);
  });

  it('sets the time to live in the write that counts', async () => {
    const store = open();
    await make({}, store).limit('a');
    expect(await store.ttl('api:a')).toBeLessThan(66 * 60_000 + 1_100);
    await make({ windowMs: 0.4 }, store).limit('b');
    expect(await store.ttl('api:b')).toBeGreaterThan(0);
  });

  it('asks nobody about what it has refused, until that may have changed', async () => {
    const limiter = make();
    await Promise.all(Array.from({ length: 5 }, () => limiter.limit('a')));
    const { retryAfterMs } = await limiter.limit('a');
    calls = 0;
    const again = await Promise.all(Array.from({ length: 50 }, () => limiter.limit('a')));
    expect(again.every(({ allowed }) => !allowed)).toBe(true);
    expect(calls).toBe(0);
    await clock.advance(300);
    expect((await limiter.limit('a', { cost: 2 })).retryAfterMs).toBe(retryAfterMs - 300);
    expect(calls).toBe(0);
    await limiter.refund('a', { cost: 2 });
    expect((await limiter.limit('a', { cost: 2 })).allowed).toBe(true);
    await limiter.limit('a');
    await limiter.reset('a');
    expect(await limiter.limit('a', { cost: 5 })).toMatchObject({ allowed: true });
  });

  it('does not take a refusal of much for one of less', async () => {
    const limiter = make();
    await limiter.limit('a', { cost: 3 });
    expect((await limiter.limit('a', { cost: 4 })).allowed).toBe(false);
    expect((await limiter.limit('a', { cost: 2 })).allowed).toBe(true);
  });

  it('looks at the store again at the latest after denyCacheMs', async () => {
    const [one, other] = [make({ windowMs: 60_000 }), make({ windowMs: 60_000 })];
    await one.limit('a', { cost: 5 });
    expect((await one.limit('a')).allowed).toBe(false);
    await other.reset('a');
    await clock.advance(999);
    expect((await one.limit('a')).allowed).toBe(false);
    await clock.advance(1);
    expect((await one.limit('a')).allowed).toBe(true);
  });

  it('with several limits takes from all or from none', async () => {
    const limits = [
      { limit: 3, windowMs: 1_000 },
      { limit: 4, windowMs: 60_000, strategy: 'tokenBucket' as const },
    ];
    const limiter = createRateLimiter(open(), 'api', { limits, denyCacheMs: 0 });
    for (const remaining of [2, 1, 0]) {
      expect(await limiter.limit('a')).toMatchObject({ allowed: true, limit: 3, remaining });
    }
    expect(await limiter.limit('a')).toMatchObject({ allowed: false, limit: 3, remaining: 0 });
    await clock.advance(1_100);
    expect(await limiter.limit('a')).toMatchObject({ allowed: true, limit: 4, remaining: 0 });
    const refused = await limiter.limit('a');
    expect(refused).toMatchObject({ allowed: false, limit: 4, remaining: 0 });
    expect(refused.retryAfterMs).toBeGreaterThan(10_000);
    // The refused ones have taken nothing of the first limit.
    await clock.advance(refused.retryAfterMs);
    expect(await limiter.limit('a')).toMatchObject({ allowed: true });
  });

  it('blocks a key for all, though nothing was taken, and a reset ends it', async () => {
    const [one, other] = [make(), make()];
    await one.block('a', 5_000);
    expect(await other.limit('a')).toMatchObject({
      allowed: false,
      remaining: 0,
      retryAfterMs: 5_000,
    });
    await one.block('a', 1_000);
    await clock.advance(4_999);
    expect((await other.peek('a')).allowed).toBe(false);
    await clock.advance(1);
    expect(await other.limit('a')).toMatchObject({ allowed: true, remaining: 4 });
    await one.block('a', 60_000);
    await one.reset('a');
    expect(await other.limit('a')).toMatchObject({ allowed: true, remaining: 4 });
  });

  it('waits until it is let in, and no longer than it may', async () => {
    const limiter = make();
    await limiter.limit('a', { cost: 5 });
    expect(await limiter.waitFor('a', { maxWaitMs: 10 })).toMatchObject({ allowed: false });
    let done = false;
    const waiting = limiter.waitFor('a').then((result) => {
      done = true;
      return result;
    });
    await clock.advance(900);
    expect(done).toBe(false);
    await clock.advance(400);
    expect(await waiting).toMatchObject({ allowed: true });
    await expect(limiter.waitFor('a', { cost: 6 })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    });
    await limiter.limit('b', { cost: 5 });
    const controller = new AbortController();
    const aborted = limiter.waitFor('b', { signal: controller.signal });
    await clock.advance(10);
    controller.abort();
    await expect(aborted).rejects.toMatchObject({ code: 'ABORTED' });
  });

  it('refuses what cannot be right before it asks anybody', async () => {
    const bad: Partial<Record<string, unknown>>[] = [
      { limit: 0 },
      { limit: -1 },
      { limit: 1.5 },
      { limit: Number.NaN },
      { windowMs: 0 },
      { windowMs: Number.POSITIVE_INFINITY },
      { windowMs: '1s' },
      { strategy: 'toString' },
      { buckets: 0 },
      { strategy: 'exact', limit: 1_001 },
      { strategy: 'gcra', burst: 0 },
      { limits: [] },
      { denyCacheMs: -1 },
      { onError: 'ajar' },
    ];
    for (const options of bad) {
      expect(() => make(options as Partial<RateLimiterOptions>)).toThrow(
        expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
      );
    }
    expect(() => createRateLimiter(open(), '', { limit: 1, windowMs: 1 })).toThrow(/name/);
    const limiter = make();
    for (const cost of [0, -1, 0.5, Number.NaN, '1' as unknown as number]) {
      await expect(limiter.limit('a', { cost })).rejects.toMatchObject({
        code: 'INVALID_ARGUMENT',
      });
      await expect(limiter.refund('a', { cost })).rejects.toMatchObject({
        code: 'INVALID_ARGUMENT',
      });
    }
    await expect(limiter.block('a', 0)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    for (const key of ['', '\ud800', ['a'] as unknown as string]) {
      await expect(limiter.limit(key)).rejects.toMatchObject({ code: 'INVALID_KEY' });
    }
    expect(calls).toBe(0);
  });

  it('refuses bytes that are not its own', async () => {
    const store = open();
    const limiter = make({}, store);
    for (const text of [
      '',
      '{}',
      'R2',
      'R1 1 2 3',
      'R1 1 2 x|',
      'R1 1 2 0|1 -2',
      'R1 1 2 0||',
      'R2 1 2 0|',
    ]) {
      await store.raw.set('api:a', new TextEncoder().encode(text));
      await expect(limiter.limit('a')).rejects.toMatchObject({ code: 'CORRUPT_VALUE' });
    }
  });
});

describe('a limiter whose store fails', () => {
  const failing = (code: 'UNAVAILABLE' | 'CORRUPT_VALUE') => {
    const error = new KvError(code, 'broken', { outcome: 'unknown' });
    const broken: Driver = {
      ...driver,
      get: () => Promise.reject(error),
      write: () => Promise.reject(error),
    };
    return createStore({ driver: portable(broken) });
  };

  it('rejects, unless it was told to let in, to keep out, or to ask', async () => {
    await expect(make({}, failing('UNAVAILABLE')).limit('a')).rejects.toMatchObject({
      code: 'UNAVAILABLE',
    });
    const asked: string[] = [];
    const answers = {
      open: true,
      closed: false,
      function: true,
    };
    for (const [how, allowed] of Object.entries(answers)) {
      const onError =
        how === 'function' ? (_: KvError, key: string) => asked.push(key) > 0 : (how as 'open');
      const result = await make({ onError }, failing('UNAVAILABLE')).limit('a');
      expect(result).toMatchObject({ allowed, remaining: 0, error: { code: 'UNAVAILABLE' } });
    }
    expect(asked).toEqual(['a']);
  });

  it('does not call a mistake or damage an outage', async () => {
    for (const onError of ['open', 'closed'] as const) {
      const limiter = make({ onError }, failing('CORRUPT_VALUE'));
      await expect(limiter.limit('a')).rejects.toMatchObject({ code: 'CORRUPT_VALUE' });
      await expect(limiter.limit('')).rejects.toMatchObject({ code: 'INVALID_KEY' });
    }
  });

  it('is not opened by latency: a slow store that answers in time is waited for', async () => {
    let answer: () => void = () => undefined;
    const slow: Driver = {
      ...driver,
      get: async (keys, call) => {
        await new Promise<void>((resolve) => {
          answer = resolve;
        });
        return driver.get(keys, call);
      },
    };
    const limiter = make({ onError: 'open', limit: 1 }, createStore({ driver: slow }));
    const asked = Promise.all([limiter.limit('a'), limiter.limit('a')]);
    await clock.advance(3_000);
    answer();
    expect((await asked).map(({ allowed }) => allowed)).toEqual([true, false]);
  });
});
