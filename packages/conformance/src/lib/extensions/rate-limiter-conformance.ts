import type { Store } from '@grovekv/kv-core';
import type { SuiteOptions } from '../suite/options.js';
import { registerTests, type TestRunner } from '../suite/register-tests.js';
import { planConformance } from '../suite/run-conformance.js';
import { rateLimiterTheme } from './rate-limiter-theme.js';

/** What the suite asks of the answer to a call. */
export interface LimitUnderTest {
  readonly allowed: boolean;
  readonly remaining: number;
  readonly retryAfterMs: number;
}

/** What the suite asks of a rate limiter; `createRateLimiter` of `@grovekv/ext-ratelimit` makes one. */
export interface RateLimiterUnderTest {
  limit(key: string, options?: { readonly cost?: number }): Promise<LimitUnderTest>;
  peek(key: string): Promise<LimitUnderTest>;
  refund(key: string, options?: { readonly cost?: number }): Promise<void>;
  reset(key: string): Promise<void>;
  block(key: string, forMs: number): Promise<void>;
}

/** What {@link rateLimiterConformance} needs. It runs in real time: do not inject a clock. */
export interface RateLimiterConformanceOptions extends Omit<SuiteOptions, 'clock' | 'advance'> {
  /**
   * Makes the limiter of this name on a store: `limit` in every window of `windowMs`. With `denyCacheMs: 0`
   * it asks the store for every call.
   */
  createLimiter(
    store: Store,
    name: string,
    options: {
      readonly limit: number;
      readonly windowMs: number;
      readonly denyCacheMs?: number;
    },
  ): RateLimiterUnderTest;
}

/**
 * Registers the suite of rate limiters on a driver: no window of any position holds more than the limit,
 * among several clients and under lost replies; what is refused takes nothing; refunds, resets and blocks
 * reach every client.
 */
export function rateLimiterConformance(options: RateLimiterConformanceOptions & TestRunner): void {
  registerTests(
    `rate limiters on ${options.name} conform`,
    options,
    planConformance(options, [rateLimiterTheme(options)]),
  );
}
