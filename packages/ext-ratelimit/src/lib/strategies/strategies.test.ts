import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { exactLog } from './exact-log.js';
import { fixedWindow } from './fixed-window.js';
import { gcra } from './gcra.js';
import { slidingCounter } from './sliding-counter.js';
import { slidingWindow } from './sliding-window.js';
import type { LimitState, Rate, Strategy } from './strategy.js';
import { tokenBucket } from './token-bucket.js';

const BURST = 5;

/** Each with the most that it may let into a rolling window, and the share that it must under saturation. */
const strategies: readonly {
  readonly name: string;
  readonly make: (rate: Rate) => Strategy;
  readonly most: (limit: number) => number;
  readonly served: number;
}[] = [
  { name: 'slidingWindow', make: (rate) => slidingWindow(rate, 20), most: (n) => n, served: 0.9 },
  {
    name: 'slidingWindow, 1 bucket',
    make: (rate) => slidingWindow(rate, 1),
    most: (n) => n,
    served: 0.45,
  },
  { name: 'exact', make: exactLog, most: (n) => n, served: 0.98 },
  { name: 'fixedWindow', make: fixedWindow, most: (n) => 2 * n, served: 0.98 },
  { name: 'slidingCounter', make: slidingCounter, most: (n) => 2 * n - 1, served: 0.9 },
  { name: 'gcra', make: (rate) => gcra(rate, BURST), most: (n) => n + BURST, served: 0.98 },
  {
    name: 'tokenBucket',
    make: (rate) => tokenBucket(rate, BURST),
    most: (n) => n + BURST,
    served: 0.98,
  },
];

/** The most that was let into any half-open window. */
function mostInAnyWindow(
  admitted: readonly (readonly [at: number, cost: number])[],
  windowMs: number,
): number {
  let most = 0;
  let from = 0;
  let sum = 0;
  for (const [at, cost] of admitted) {
    sum += cost;
    while (admitted[from]![0] <= at - windowMs) {
      sum -= admitted[from]![1];
      from += 1;
    }
    most = Math.max(most, sum);
  }
  return most;
}

const ratesArb = fc.record({
  limit: fc.integer({ min: 1, max: 40 }),
  windowMs: fc.integer({ min: 1, max: 2_000 }),
});
const asksArb = fc.array(fc.tuple(fc.nat({ max: 300 }), fc.integer({ min: 1, max: 6 })), {
  maxLength: 300,
});

describe.each(strategies)('$name', ({ make, most, served }) => {
  it('lets in no more than it says in any window, whoever asks when', () => {
    fc.assert(
      fc.property(ratesArb, asksArb, (rate, asks) => {
        const strategy = make(rate);
        const admitted: [number, number][] = [];
        let now = 1_790_000_000_000;
        let state: LimitState = [];
        for (const [gap, cost] of asks) {
          now += gap;
          const verdict = strategy.take(state, now, cost);
          if (!verdict.allowed) continue;
          state = verdict.state;
          admitted.push([now, cost]);
        }
        expect(mostInAnyWindow(admitted, rate.windowMs)).toBeLessThanOrEqual(most(rate.limit));
      }),
    );
  });

  it('says when: it is refused before, let in then, and empty after its reset', () => {
    fc.assert(
      fc.property(ratesArb, asksArb, (rate, asks) => {
        const strategy = make(rate);
        let now = 1_790_000_000_000;
        let state: LimitState = [];
        for (const [gap, cost] of asks) {
          now += gap;
          const verdict = strategy.take(state, now, cost);
          const before = strategy.take(state, now, 0);
          expect(verdict.allowed).toBe(before.remaining >= cost);
          expect(before.allowed).toBe(true);
          if (verdict.allowed) {
            expect(verdict.retryAfterMs).toBe(0);
            state = verdict.state;
            const empty = strategy.take(state, now + Math.ceil(verdict.resetMs) + 1, 0);
            expect(empty.state).toEqual([]);
            expect(empty.resetMs).toBe(0);
          } else if (cost <= Math.min(rate.limit, BURST)) {
            const waitMs = Math.ceil(verdict.retryAfterMs);
            expect(waitMs).toBeGreaterThan(0);
            expect(strategy.take(state, now + waitMs, cost).allowed).toBe(true);
          }
        }
      }),
    );
  });

  it('serves its limit under saturation', () => {
    const rate = { limit: 100, windowMs: 1_000 };
    const strategy = make(rate);
    let state: LimitState = [];
    let admitted = 0;
    const start = 1_790_000_000_000;
    for (let now = start; now < start + 20_000; now += 1) {
      for (let ask = 0; ask < 3; ask += 1) {
        const verdict = strategy.take(state, now, 1);
        if (verdict.allowed) {
          state = verdict.state;
          admitted += 1;
        }
      }
    }
    expect(admitted / 20).toBeGreaterThanOrEqual(served * rate.limit);
  });

  it('gives back what was taken, never more', () => {
    fc.assert(
      fc.property(
        ratesArb,
        fc.integer({ min: 1, max: 5 }),
        fc.nat({ max: 50 }),
        (rate, cost, gap) => {
          const strategy = make(rate);
          const now = 1_790_000_000_000;
          const full = strategy.take([], now, 0).remaining;
          const taken = strategy.take([], now, Math.min(cost, full));
          const later = now + gap;
          const back = strategy.give(taken.state, later, cost);
          expect(strategy.take(back, later, 0).remaining).toBe(full);
          expect(strategy.take(strategy.give(back, later, 1_000), later, 0).remaining).toBe(full);
        },
      ),
    );
  });

  it('at limit 1 lets in exactly one at once', () => {
    const strategy = make({ limit: 1, windowMs: 1_000 });
    const first = strategy.take([], 5_000, 1);
    expect(first).toMatchObject({ allowed: true });
    let state = first.state;
    let more = 0;
    for (;;) {
      const next = strategy.take(state, 5_000, 1);
      if (!next.allowed) break;
      state = next.state;
      more += 1;
    }
    expect(more).toBe(most(1) === 1 + BURST ? BURST - 1 : 0);
  });

  it('asking does not take, and refused requests do not either', () => {
    const strategy = make({ limit: 10, windowMs: 1_000 });
    const { state } = strategy.take([], 9_000, 4);
    const { remaining } = strategy.take(state, 9_000, 0);
    for (const cost of [0, 11, 0, 100]) {
      const verdict = strategy.take(state, 9_000, cost);
      expect(verdict.allowed).toBe(cost === 0);
      expect(verdict.remaining).toBe(remaining);
    }
  });
});

it.each(['slidingWindow', 'slidingWindow, 1 bucket', 'exact'])(
  '%s refuses a whole window after a whole millisecond: what was asked may have come up to one later',
  (name) => {
    const { make } = strategies.find((strategy) => strategy.name === name)!;
    for (const windowMs of [1, 7, 10, 1_000]) {
      for (const start of [0, 3, 1_790_000_000_123]) {
        const strategy = make({ limit: 1, windowMs });
        const { state } = strategy.take([], start, 1);
        expect(strategy.take(state, start + windowMs, 1).allowed).toBe(false);
      }
    }
  },
);
