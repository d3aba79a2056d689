import type { LimitState, Rate, Strategy, Verdict } from './strategy.js';

/**
 * Counts in windows that follow each other: up to twice the limit in a rolling window. The state is the
 * number of the window and its count.
 */
export function fixedWindow({ limit, windowMs }: Rate): Strategy {
  const usedIn = ([window, count]: LimitState, at: number): number =>
    window === at ? (count ?? 0) : 0;
  return {
    take(state, now, cost): Verdict {
      const at = Math.floor(now / windowMs);
      const before = usedIn(state, at);
      const allowed = before + cost <= limit;
      const used = allowed ? before + cost : before;
      const leftMs = (at + 1) * windowMs - now;
      return {
        allowed,
        state: used > 0 ? [at, used] : [],
        remaining: Math.max(0, limit - used),
        retryAfterMs: allowed ? 0 : leftMs,
        resetMs: used > 0 ? leftMs : 0,
      };
    },
    give(state, now, cost) {
      const at = Math.floor(now / windowMs);
      const used = Math.max(0, usedIn(state, at) - cost);
      return used > 0 ? [at, used] : [];
    },
  };
}
