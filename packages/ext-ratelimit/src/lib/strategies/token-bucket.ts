import type { LimitState, Rate, Strategy, Verdict } from './strategy.js';

/**
 * A bucket of `capacity` tokens that `limit` of them refill in a window, evenly. Up to capacity + limit
 * in a rolling window. The state is the tokens missing and when that was.
 */
export function tokenBucket({ limit, windowMs }: Rate, capacity: number): Strategy {
  const tokenMs = windowMs / limit;
  const missingAt = ([missing = 0, since = 0]: LimitState, now: number): number =>
    Math.max(0, missing - (now - since) / tokenMs);
  const stateOf = (missing: number, now: number): LimitState =>
    missing > 1e-6 ? [missing, now] : [];

  return {
    take(state, now, cost): Verdict {
      const before = missingAt(state, now);
      // Sums of fractions are not exact.
      const lacking = before + cost - capacity;
      const allowed = lacking <= 1e-6;
      const missing = allowed ? before + cost : before;
      return {
        allowed,
        state: stateOf(missing, now),
        remaining: Math.max(0, Math.floor(capacity - missing + 1e-6)),
        retryAfterMs: allowed ? 0 : lacking * tokenMs,
        resetMs: missing * tokenMs,
      };
    },
    give: (state, now, cost) => stateOf(missingAt(state, now) - cost, now),
  };
}
