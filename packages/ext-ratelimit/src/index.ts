export { type HeaderOptions, rateLimitHeaders } from './lib/headers.js';
export type {
  LimiterSettings,
  OnError,
  RateLimit,
  RateLimiterOptions,
  RateLimitStore,
  StrategyName,
} from './lib/options.js';
export type { RateLimitResult } from './lib/rate-limit-result.js';
export {
  type CostOptions,
  createRateLimiter,
  type RateLimiter,
  type WaitOptions,
} from './lib/rate-limiter.js';
