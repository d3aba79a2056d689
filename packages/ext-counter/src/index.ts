export type { TtlMode } from './lib/arguments.js';
export { type BigCounterOptions, createBigCounter } from './lib/big-counter.js';
export type { AddOptions, AddResult, Counter } from './lib/counter.js';
export {
  type CounterOptions,
  createCounter,
} from './lib/create-counter.js';
export type { ExactRetries } from './lib/exact-counter.js';
export { getCounters } from './lib/get-counters.js';
export {
  createIdAllocator,
  type IdAllocator,
  type IdAllocatorOptions,
} from './lib/id-allocator.js';
export {
  createPeriodCounter,
  type Period,
  type PeriodCount,
  type PeriodCounter,
  type PeriodCounterOptions,
} from './lib/period-counter.js';
export {
  createShardedCounter,
  type ShardedCounter,
  type ShardedCounterOptions,
} from './lib/sharded-counter.js';
