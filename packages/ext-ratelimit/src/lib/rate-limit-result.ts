import type { KvError } from '@grovekv/kv-core';

/** What a limiter says to a request. */
export interface RateLimitResult {
  readonly allowed: boolean;
  /** The limit with the least left. */
  readonly limit: number;
  /** Units left of it: after this request if it was allowed. */
  readonly remaining: number;
  /**
   * Milliseconds after which the same request would be allowed if nobody else asked. 0 if it was, `Infinity`
   * if its cost is above what a limit can ever give.
   */
  readonly retryAfterMs: number;
  /** When all limits are full again if nobody asks: milliseconds since 1970. */
  readonly resetAt: number;
  /** Why the store could not be asked, if `onError` has answered. */
  readonly error?: KvError | undefined;
}
