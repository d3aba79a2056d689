import type { LimitState, Rate, Strategy, Verdict } from './strategy.js';

/**
 * The two-bucket approximation that most of the industry uses: the window before counts by the share of
 * it that is still inside. Up to 2 × limit − 1 in a rolling window. The state is the number of the
 * window, its count and the count of the one before.
 */
export function slidingCounter({ limit, windowMs }: Rate): Strategy {
  const countsAt = (state: LimitState, at: number): readonly [number, number] => {
    const [window = Number.NaN, current = 0, previous = 0] = state;
    if (window === at) return [current, previous];
    return window === at - 1 ? [0, current] : [0, 0];
  };
  const stateOf = (at: number, current: number, previous: number): LimitState =>
    current > 0 || previous > 0 ? [at, current, previous] : [];

  return {
    take(state, now, cost): Verdict {
      const at = Math.floor(now / windowMs);
      const [before, previous] = countsAt(state, at);
      const intoMs = now - at * windowMs;
      const old = previous * (1 - intoMs / windowMs);
      const allowed = old + before + cost <= limit;
      const current = allowed ? before + cost : before;
      const leftMs = windowMs - intoMs;
      const lastMs = current > 0 ? leftMs + windowMs : previous > 0 ? leftMs : 0;
      return {
        allowed,
        state: stateOf(at, current, previous),
        remaining: Math.max(0, Math.floor(limit - old - current)),
        retryAfterMs: allowed ? 0 : wait(previous, current, cost, intoMs),
        resetMs: lastMs,
      };
    },
    give(state, now, cost) {
      const at = Math.floor(now / windowMs);
      const [current, previous] = countsAt(state, at);
      const rest = Math.max(0, cost - current);
      return stateOf(at, Math.max(0, current - cost), Math.max(0, previous - rest));
    },
  };

  /** When the shares that still count leave room: in this window by the one before, or in the next. */
  function wait(previous: number, current: number, cost: number, intoMs: number): number {
    const room = limit - cost;
    if (room < 0) return Number.POSITIVE_INFINITY;
    if (current <= room) return Math.ceil(windowMs * (1 - (room - current) / previous) - intoMs);
    return Math.ceil(windowMs - intoMs + windowMs * (1 - room / current));
  }
}
