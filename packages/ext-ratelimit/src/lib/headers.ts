import type { RateLimitResult } from './rate-limit-result.js';

/** What {@link rateLimitHeaders} needs to know besides the result. */
export interface HeaderOptions {
  /** The name of the policy. Default `default`. */
  readonly name?: string | undefined;
  /** The window that the policy tells of, in milliseconds. */
  readonly windowMs: number;
  /** Milliseconds since 1970. Default: the machine's. */
  readonly now?: number | undefined;
}

/**
 * The fields of the IETF draft (draft-ietf-httpapi-ratelimit-headers-11): `RateLimit-Policy`, `RateLimit`,
 * and `Retry-After` in whole seconds if the request was refused and can ever be allowed.
 */
export function rateLimitHeaders(
  { allowed, limit, remaining, retryAfterMs, resetAt }: RateLimitResult,
  { name = 'default', windowMs, now = Date.now() }: HeaderOptions,
): Record<string, string> {
  const policy = quoted(name);
  const seconds = (ms: number): number => Math.max(0, Math.ceil(ms / 1_000));
  const again = allowed || retryAfterMs === Number.POSITIVE_INFINITY ? resetAt - now : retryAfterMs;
  const headers: Record<string, string> = {
    'RateLimit-Policy': `${policy};q=${limit};w=${seconds(windowMs)}`,
    RateLimit: `${policy};r=${remaining};t=${seconds(again)}`,
  };
  if (!allowed && retryAfterMs !== Number.POSITIVE_INFINITY) {
    headers['Retry-After'] = String(Math.max(1, seconds(retryAfterMs)));
  }
  return headers;
}

/** A string of a structured field (RFC 8941): printable ASCII, quotes and backslashes escaped. */
function quoted(text: string): string {
  return `"${text.replace(/[^\x20-\x7e]/g, '?').replace(/["\\]/g, '\\$&')}"`;
}
