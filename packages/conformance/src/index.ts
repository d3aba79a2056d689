export { ConformanceError } from './lib/assert/assert.js';
export {
  type CounterConformanceOptions,
  type CounterUnderTest,
  counterConformance,
} from './lib/extensions/counter-conformance.js';
export {
  type LeaderboardConformanceOptions,
  type LeaderboardSettings,
  type LeaderboardUnderTest,
  leaderboardConformance,
  type PeriodBoardUnderTest,
  type PeriodsUnderTest,
  type RowUnderTest,
} from './lib/extensions/leaderboard-conformance.js';
export {
  type LeaseUnderTest,
  type LockConformanceOptions,
  type LockUnderTest,
  lockConformance,
} from './lib/extensions/lock-conformance.js';
export {
  type JobUnderTest,
  type QueueConformanceOptions,
  type QueueTerms,
  type QueueUnderTest,
  queueConformance,
} from './lib/extensions/queue-conformance.js';
export {
  type LimitUnderTest,
  type RateLimiterConformanceOptions,
  type RateLimiterUnderTest,
  rateLimiterConformance,
} from './lib/extensions/rate-limiter-conformance.js';
export {
  type SessionConformanceOptions,
  type SessionsUnderTest,
  type SessionUnderTest,
  sessionConformance,
} from './lib/extensions/session-conformance.js';
export {
  type ConformanceReport,
  conformanceReport,
} from './lib/suite/conformance-report.js';
export { driverConformance } from './lib/suite/driver-conformance.js';
export type { ConformanceOptions, SuiteOptions } from './lib/suite/options.js';
export type { TestRunner } from './lib/suite/register-tests.js';
export type { ConformanceResult } from './lib/suite/result.js';
export { runConformance } from './lib/suite/run-conformance.js';
export { type ThemeName, themeNames } from './lib/suite/theme.js';
