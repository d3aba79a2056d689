import { ok } from '../assert/assert.js';

/** A call that was allowed, between its call and its return on one monotonic clock, in milliseconds. */
export interface Admission {
  readonly called: number;
  readonly returned: number;
  readonly cost: number;
}

/**
 * The most that was admitted for certain within any half-open window of this length: a call is in a window
 * for certain if it began and ended there.
 */
export function mostInAnyWindow(all: readonly Admission[], windowMs: number): number {
  const byCall = [...all].sort((one, other) => one.called - other.called);
  let most = 0;
  for (let first = 0; first < byCall.length; first += 1) {
    const end = byCall[first]!.called + windowMs;
    let sum = 0;
    for (let at = first; at < byCall.length && byCall[at]!.called < end; at += 1) {
      if (byCall[at]!.returned < end) sum += byCall[at]!.cost;
    }
    most = Math.max(most, sum);
  }
  return most;
}

/** No window holds more than the limit. */
export function expectLimited(all: readonly Admission[], limit: number, windowMs: number): void {
  const most = mostInAnyWindow(all, windowMs);
  ok(most <= limit, `a window of ${windowMs} ms holds ${most}, the limit is ${limit}`);
}
