import type { LimitState, Rate, Strategy, Verdict } from './strategy.js';

const NOTHING: LimitState = [];

/**
 * Never more than `limit` in any window: a ring of `buckets` sub-windows and the one that the window's
 * beginning cuts, which counts in full. The state is the number of the newest sub-window, then the counts
 * from it backwards. Measured under saturation, 10 sub-windows serve 95 % of the limit, 60 all of it.
 */
export function slidingWindow({ limit, windowMs }: Rate, buckets: number): Strategy {
  const bucketMs = windowMs / buckets;

  /** The state, not to be changed, as it is at sub-window `at`: the first count is that of `at`. */
  const shifted = (state: LimitState, at: number): LimitState => {
    const newest = state[0];
    if (newest === at && state.length <= buckets + 2) return state;
    if (newest === undefined || at - newest > buckets) return [at, 0];
    const next = [at];
    for (let empty = newest; empty < at; empty += 1) next.push(0);
    const length = Math.min(state.length - 1, buckets + 1 - Math.max(0, at - newest));
    for (let index = 1; index <= length; index += 1) next.push(state[index]!);
    return next;
  };

  /** Milliseconds until so much of what is counted is over that `spare` is free. */
  const waitFor = (state: LimitState, used: number, spare: number, now: number): number => {
    let left = used;
    for (let index = state.length - 1; index > 0 && limit - left < spare; index -= 1) {
      left -= state[index]!;
      if (limit - left >= spare) return endOf(state, index) - now;
    }
    return 0;
  };

  /** When a count does not matter any more. */
  const endOf = (state: LimitState, index: number): number =>
    (state[0]! - index + buckets + 2) * bucketMs;

  return {
    take(state, now, cost): Verdict {
      const before = shifted(state, Math.floor(now / bucketMs));
      let used = 0;
      for (let index = 1; index < before.length; index += 1) used += before[index]!;
      const allowed = used + cost <= limit;
      const retryAfterMs = allowed ? 0 : waitFor(before, used, cost, now);
      if (allowed && cost > 0) {
        const after = before.slice();
        after[1]! += cost;
        const resetMs = endOf(after, 1) - now;
        const remaining = limit - used - cost;
        return { allowed, state: trimmed(after), remaining, retryAfterMs, resetMs };
      }
      let newest = 1;
      while (newest < before.length && before[newest] === 0) newest += 1;
      return {
        allowed,
        state: used > 0 ? trimmed(before) : NOTHING,
        remaining: Math.max(0, limit - used),
        retryAfterMs,
        resetMs: used > 0 ? endOf(before, newest) - now : 0,
      };
    },
    give(state, now, cost) {
      const counts = shifted(state, Math.floor(now / bucketMs)).slice();
      let left = cost;
      for (let index = 1; index < counts.length && left > 0; index += 1) {
        const back = Math.min(left, counts[index]!);
        counts[index]! -= back;
        left -= back;
      }
      const kept = trimmed(counts);
      return kept.length > 1 ? kept : NOTHING;
    },
  };
}

/** Without the zeros at the end. */
function trimmed(state: LimitState): LimitState {
  let { length } = state;
  while (length > 1 && state[length - 1] === 0) length -= 1;
  return length === state.length ? state : state.slice(0, length);
}
