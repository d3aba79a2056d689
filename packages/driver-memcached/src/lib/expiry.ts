import type { Item } from './protocol.js';

/**
 * The server counts in whole seconds and lets an item of n seconds live between n − 1 and n: it is told
 * one more. So a key goes up to two seconds late, and never early.
 */
export const LATE_MS = 2_000;

/** Longer times are taken for a date, in seconds since 1970. */
const LONGEST_RELATIVE_SECONDS = 30 * 24 * 60 * 60;

/** What follows is sent as "never"; the largest date that the protocol can carry is in 2106. */
const LAST_DATE = 2 ** 32 - 1;

/** An item that lives for so many milliseconds from now. */
export function livingFor(value: Uint8Array, ttl: number | 'none', now: number): Item {
  if (ttl === 'none') return { value, expiresAt: undefined, seconds: 0 };
  return { value, expiresAt: now + ttl, seconds: toServer(secondsFor(ttl), now) };
}

/**
 * An item that lives until then, as the one did that it replaces; `undefined` if that time is over and
 * the server is about to drop it.
 */
export function livingUntil(
  value: Uint8Array,
  expiresAt: number | undefined,
  now: number,
): Item | undefined {
  if (expiresAt === undefined) return { value, expiresAt, seconds: 0 };
  const seconds = secondsFor(expiresAt - now);
  return seconds > 0 ? { value, expiresAt, seconds: toServer(seconds, now) } : undefined;
}

function secondsFor(ms: number): number {
  return Math.ceil(ms / 1_000) + 1;
}

function toServer(seconds: number, now: number): number {
  if (seconds <= LONGEST_RELATIVE_SECONDS) return seconds;
  const date = Math.ceil(now / 1_000) + seconds;
  return date <= LAST_DATE ? date : 0;
}
