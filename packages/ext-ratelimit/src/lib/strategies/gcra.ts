import type { LimitState, Rate, Strategy, Verdict } from './strategy.js';

/**
 * The generic cell rate algorithm (ITU-T I.371): units at even distances, with `burst` of them at once.
 * Up to burst + limit in a rolling window. The state is by how much the theoretical arrival of the next
 * unit was ahead, and when that was: a span is exact where a sum of it and the date is not.
 */
export function gcra({ limit, windowMs }: Rate, burst: number): Strategy {
  const unitMs = windowMs / limit;
  const toleranceMs = unitMs * burst;
  // Sums of fractions are not exact.
  const slackMs = unitMs * 1e-6;
  const aheadAt = ([ahead = 0, since = 0]: LimitState, now: number): number =>
    Math.max(0, ahead - (now - since));
  const stateOf = (ahead: number, now: number): LimitState => (ahead > slackMs ? [ahead, now] : []);

  return {
    take(state, now, cost): Verdict {
      const before = aheadAt(state, now);
      const lateMs = before + cost * unitMs - toleranceMs;
      const allowed = lateMs <= slackMs;
      const ahead = allowed ? before + cost * unitMs : before;
      return {
        allowed,
        state: stateOf(ahead, now),
        remaining: Math.max(0, Math.floor((toleranceMs - ahead) / unitMs + 1e-6)),
        retryAfterMs: allowed ? 0 : lateMs,
        resetMs: ahead,
      };
    },
    give: (state, now, cost) => stateOf(aheadAt(state, now) - cost * unitMs, now),
  };
}
