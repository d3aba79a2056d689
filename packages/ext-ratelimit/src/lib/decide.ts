import type { LimiterRecord } from './limiter-record.js';
import type { Limit } from './options.js';
import type { LimitState } from './strategies/strategy.js';

/** What all limits of a key together say to a request, in spans. */
export interface Decision {
  readonly allowed: boolean;
  readonly states: readonly LimitState[];
  readonly limit: number;
  readonly remaining: number;
  readonly retryAfterMs: number;
  readonly resetMs: number;
}

const NOTHING: LimitState = [];

/** The states of a record, empty ones if there is none. */
export function statesOf(
  record: LimiterRecord | undefined,
  limits: readonly Limit[],
): readonly LimitState[] {
  return record ? record.states : limits.map(() => NOTHING);
}

/** Asks all limits: takes from all of them, or from none. A cost of 0 only asks. */
export function decide(
  limits: readonly Limit[],
  states: readonly LimitState[],
  now: number,
  blockedUntil: number,
  cost: number,
): Decision {
  const blockedMs = Math.max(0, blockedUntil - now);
  if (limits.length === 1 && blockedMs === 0) return decideAlone(limits[0]!, states, now, cost);
  const verdicts = limits.map(({ strategy }, index) => strategy.take(states[index]!, now, cost));
  const allowed = blockedMs === 0 && verdicts.every((verdict) => verdict.allowed);
  // A limit that would have let it in has not given anything when another has not.
  const told =
    allowed || limits.length === 1
      ? verdicts
      : limits.map(({ strategy }, index) => strategy.take(states[index]!, now, 0));
  let limit = 0;
  let remaining = Number.POSITIVE_INFINITY;
  let retryAfterMs = blockedMs;
  let resetMs = blockedMs;
  for (let index = 0; index < limits.length; index += 1) {
    if (told[index]!.remaining < remaining) {
      remaining = told[index]!.remaining;
      limit = limits[index]!.limit;
    }
    const retryMs =
      cost > limits[index]!.most ? Number.POSITIVE_INFINITY : verdicts[index]!.retryAfterMs;
    retryAfterMs = Math.max(retryAfterMs, retryMs);
    resetMs = Math.max(resetMs, told[index]!.resetMs);
  }
  if (blockedMs > 0) remaining = 0;
  return {
    allowed,
    states: allowed ? verdicts.map(({ state }) => state) : states,
    limit,
    remaining,
    retryAfterMs: Math.ceil(retryAfterMs),
    resetMs,
  };
}

/** The same for a single limit, which is what most have. */
function decideAlone(
  { limit, most, strategy }: Limit,
  states: readonly LimitState[],
  now: number,
  cost: number,
): Decision {
  const { allowed, state, remaining, retryAfterMs, resetMs } = strategy.take(states[0]!, now, cost);
  return {
    allowed,
    states: allowed ? [state] : states,
    limit,
    remaining,
    retryAfterMs: cost > most ? Number.POSITIVE_INFINITY : Math.ceil(retryAfterMs),
    resetMs,
  };
}

/** Milliseconds until nothing of these states matters any more. */
export function resetMsOf(
  limits: readonly Limit[],
  states: readonly LimitState[],
  now: number,
  blockedUntil: number,
): number {
  let longest = Math.max(0, blockedUntil - now);
  limits.forEach(({ strategy }, index) => {
    longest = Math.max(longest, strategy.take(states[index]!, now, 0).resetMs);
  });
  return longest;
}
