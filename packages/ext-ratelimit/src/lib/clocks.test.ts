import { createStore, type Store } from '@grovekv/kv-core';
import { memoryDriver } from '@grovekv/kv-core/memory';
import { createManualClock, type ManualClock, portable } from '@grovekv/kv-core/testing';
import { describe, expect, it } from 'vitest';
import { createRateLimiter, type RateLimiter, type StrategyName } from '../index.js';

const HOUR_MS = 3_600_000;
const LIMIT = 5;
const WINDOW_MS = 1_000;
const kept: StrategyName[] = ['slidingWindow', 'exact'];

/** Two processes on one database, whose wall clocks differ by so much. */
function processes(
  strategy: StrategyName,
  aheadMs: number,
  expiryClock: 'server' | 'client',
): { clock: ManualClock; one: RateLimiter; other: RateLimiter } {
  const clock = createManualClock();
  const memory = portable(memoryDriver({ clock }));
  const driver = { ...memory, traits: { ...memory.traits, expiryClock } };
  const store: Store = createStore({ driver });
  const make = (ms: number): RateLimiter =>
    createRateLimiter(store, 'api', {
      limit: LIMIT,
      windowMs: WINDOW_MS,
      strategy,
      denyCacheMs: 0,
      clock: { ...clock, now: () => clock.now() + ms },
    });
  return { clock, one: make(0), other: make(aheadMs) };
}

async function drain(limiter: RateLimiter): Promise<number> {
  let had = 0;
  while (had <= 2 * LIMIT && (await limiter.limit('a')).allowed) had += 1;
  return had;
}

/** The most that was let in within any window, of what was let in at each time. */
function mostOf(admitted: ReadonlyMap<number, number>): number {
  let most = 0;
  for (const start of admitted.keys()) {
    let sum = 0;
    for (const [at, count] of admitted) if (at >= start && at < start + WINDOW_MS) sum += count;
    most = Math.max(most, sum);
  }
  return most;
}

describe.each(kept)('wall clocks and a limit by %s', (strategy) => {
  it.each([HOUR_MS, -HOUR_MS])('a jump of %i ms neither frees nor locks out', async (jumpMs) => {
    const { clock, one } = processes(strategy, 0, 'client');
    expect(await drain(one)).toBe(LIMIT);
    clock.jump(jumpMs);
    expect(await drain(one)).toBe(0);
    await clock.advance(WINDOW_MS / 2);
    expect(await drain(one)).toBe(0);
    await clock.advance(WINDOW_MS);
    expect(await drain(one)).toBe(LIMIT);
  });

  it.each([HOUR_MS, -HOUR_MS, 1_500, -1_500, 240, -240, 60, -60])(
    'a process that is %i ms ahead lets in no more, and all are served again',
    async (aheadMs) => {
      const { clock, one, other } = processes(strategy, aheadMs, 'server');
      for (const limiters of [
        [one, other],
        [other, one],
      ]) {
        const admitted = new Map<number, number>();
        for (let step = 0; step < 120; step += 1) {
          const had = await drain(limiters[Math.floor(step / 7) % 2]!);
          admitted.set(clock.monotonic(), had);
          await clock.advance(50);
        }
        expect(mostOf(admitted)).toBeLessThanOrEqual(LIMIT);
        const sum = [...admitted.values()].reduce((total, had) => total + had, 0);
        expect(sum).toBeGreaterThanOrEqual(LIMIT * 3);
      }
    },
  );
});
