import type { Clock } from '@grovekv/kv-core';

/** The highest fence that this process knows to be used, for each clock. */
const highest = new WeakMap<Clock, number>();

/**
 * The smallest fence that may be granted now: the time in microseconds, so that fences rise although the
 * record may be lost; and, since clocks tick by the millisecond, above all that this process has used.
 */
export function fenceFloor(clock: Clock): number {
  return Math.max(Math.floor(clock.now() * 1_000), (highest.get(clock) ?? 0) + 1);
}

/** Notes that a fence has been used. */
export function usedFence(clock: Clock, fence: number): void {
  if (fence > (highest.get(clock) ?? 0)) highest.set(clock, fence);
}
