import type { LimitState, Rate, Strategy, Verdict } from './strategy.js';

/**
 * Remembers every request that was let in: exactly `limit` in any window, at the price of a record that
 * grows with the limit. The state is pairs of a time and a cost, oldest first.
 */
export function exactLog({ limit, windowMs }: Rate): Strategy {
  /**
   * What is still inside: a request leaves when a whole window has passed since for certain. Times are whole
   * milliseconds, so it may have come up to one later than is written.
   */
  const inside = (state: LimitState, now: number): number[] => {
    let from = 0;
    while (from < state.length && state[from]! + windowMs < now) from += 2;
    return state.slice(from);
  };

  const waitFor = (log: readonly number[], used: number, spare: number, now: number): number => {
    let left = used;
    for (let index = 0; index < log.length && limit - left < spare; index += 2) {
      left -= log[index + 1]!;
      if (limit - left >= spare) return log[index]! + windowMs + 1 - now;
    }
    return 0;
  };

  return {
    take(state, now, cost): Verdict {
      const log = inside(state, now);
      let used = 0;
      for (let index = 1; index < log.length; index += 2) used += log[index]!;
      const allowed = used + cost <= limit;
      if (allowed && cost > 0) {
        if (log[log.length - 2] === now) log[log.length - 1]! += cost;
        else log.push(now, cost);
        used += cost;
      }
      return {
        allowed,
        state: log,
        remaining: Math.max(0, limit - used),
        retryAfterMs: allowed ? 0 : waitFor(log, used, cost, now),
        resetMs: waitFor(log, used, limit, now),
      };
    },
    give(state, now, cost) {
      const log = inside(state, now);
      let left = cost;
      while (left > 0 && log.length > 0) {
        const back = Math.min(left, log[log.length - 1]!);
        log[log.length - 1]! -= back;
        left -= back;
        if (log[log.length - 1] === 0) log.length -= 2;
      }
      return log;
    },
  };
}
