import { type Clock, KvError, type Store } from '@grovekv/kv-core';
import { exactLog } from './strategies/exact-log.js';
import { fixedWindow } from './strategies/fixed-window.js';
import { gcra } from './strategies/gcra.js';
import { slidingCounter } from './strategies/sliding-counter.js';
import { slidingWindow } from './strategies/sliding-window.js';
import type { Strategy } from './strategies/strategy.js';
import { tokenBucket } from './strategies/token-bucket.js';

/** What a limiter needs of a store: any `Store`, whatever its values. */
export type RateLimitStore = Pick<Store, 'namespace' | 'clock' | 'capabilities'>;

/** How a limit counts; see the README for what each of them lets through at worst. */
export type StrategyName =
  | 'slidingWindow'
  | 'fixedWindow'
  | 'slidingCounter'
  | 'gcra'
  | 'tokenBucket'
  | 'exact';

/** So much in so long. */
export interface RateLimit {
  /** Units that may be taken in a window, at least 1. */
  readonly limit: number;
  /** Length of the window in milliseconds. */
  readonly windowMs: number;
  /** Default `slidingWindow`. */
  readonly strategy?: StrategyName | undefined;
  /** Of `slidingWindow`: sub-windows. More serve nearer to the limit and make larger records. Default 20. */
  readonly buckets?: number | undefined;
  /** Of `gcra` and `tokenBucket`: what may be taken at once. Default: the limit. */
  readonly burst?: number | undefined;
}

/** What a call is answered with when the store fails. */
export type OnError = 'open' | 'closed' | ((error: KvError, key: string) => boolean);

/** Options of {@link createRateLimiter} besides its limits. */
export interface LimiterSettings {
  /**
   * What becomes of a request when the store cannot be asked (`UNAVAILABLE`, `TIMEOUT`, `CONTENTION`):
   * let in, kept out, or as a function says. Default: the call rejects.
   */
  readonly onError?: OnError | undefined;
  /**
   * For so many milliseconds at most, a key that was refused is refused by this process alone, as long as
   * the limit would refuse it anyway. Only a `refund` or `reset` by *another* process may show later for
   * that. Default 1,000; 0 asks the store each time.
   */
  readonly denyCacheMs?: number | undefined;
  /** Default: the store's. */
  readonly clock?: Clock | undefined;
}

/** Options of {@link createRateLimiter}: one limit, or several of which all must agree. */
export type RateLimiterOptions = LimiterSettings &
  (RateLimit | { readonly limits: readonly RateLimit[] });

/** A limit, ready to be asked. */
export interface Limit {
  readonly limit: number;
  readonly windowMs: number;
  /** The largest cost that can ever be allowed. */
  readonly most: number;
  readonly strategy: Strategy;
}

const MOST_LIMITS = 16;
const MOST_BUCKETS = 1_000;
const MOST_EXACT = 1_000;
const LONGEST_MS = 2 ** 45;

/** Checks the limits. Throws `INVALID_ARGUMENT`. */
export function limitsOf(options: RateLimiterOptions): readonly Limit[] {
  const limits = 'limits' in options ? options.limits : [options];
  if (!Array.isArray(limits) || limits.length < 1 || limits.length > MOST_LIMITS) {
    throw invalid(`limits is a list of 1 to ${MOST_LIMITS} limits`);
  }
  return limits.map(limitOf);
}

function limitOf(options: RateLimit): Limit {
  const limit = count('limit', options.limit, Number.MAX_SAFE_INTEGER);
  const windowMs = span('windowMs', options.windowMs);
  const rate = { limit, windowMs };
  const burst = count('burst', options.burst ?? limit, Number.MAX_SAFE_INTEGER);
  switch (options.strategy ?? 'slidingWindow') {
    case 'slidingWindow': {
      const buckets = count('buckets', options.buckets ?? 20, MOST_BUCKETS);
      return { ...rate, most: limit, strategy: slidingWindow(rate, buckets) };
    }
    case 'fixedWindow':
      return { ...rate, most: limit, strategy: fixedWindow(rate) };
    case 'slidingCounter':
      return { ...rate, most: limit, strategy: slidingCounter(rate) };
    case 'gcra':
      return { ...rate, most: burst, strategy: gcra(rate, burst) };
    case 'tokenBucket':
      return { ...rate, most: burst, strategy: tokenBucket(rate, burst) };
    case 'exact':
      count('limit of an exact log', limit, MOST_EXACT);
      return { ...rate, most: limit, strategy: exactLog(rate) };
    default:
      throw invalid('there is no such strategy');
  }
}

/** A positive whole number. */
export function count(what: string, value: number, most = Number.MAX_SAFE_INTEGER): number {
  if (Number.isSafeInteger(value) && value >= 1 && value <= most) return value;
  throw invalid(`${what} is a whole number from 1 to ${most}`);
}

/** A positive number of milliseconds, rounded up. */
export function span(what: string, ms: number): number {
  if (typeof ms === 'number' && ms > 0 && ms <= LONGEST_MS) return Math.ceil(ms);
  throw invalid(`${what} is a positive number of milliseconds`);
}

/** A number of milliseconds that may be 0. */
export function spanOrZero(what: string, ms: number): number {
  if (typeof ms === 'number' && ms >= 0) return ms;
  throw invalid(`${what} is a number of milliseconds, 0 or more`);
}

/** Throws `INVALID_KEY` for what cannot name a limiter. */
export function checkName(name: string): string {
  if (typeof name === 'string' && name !== '' && name.isWellFormed()) return name;
  throw new KvError('INVALID_KEY', 'the name of a limiter is a well-formed string, not empty');
}

export function invalid(message: string): KvError {
  return new KvError('INVALID_ARGUMENT', message);
}
