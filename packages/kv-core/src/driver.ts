export { type Clock, systemClock } from './lib/clock/clock.js';
export type {
  Check,
  Condition,
  DeleteWrite,
  Driver,
  DriverCall,
  DriverTraits,
  Entry,
  Increment,
  IncrementResult,
  LocalMutation,
  MaybePromise,
  PutWrite,
  ScanPage,
  ScanRequest,
  TouchWrite,
  Version,
  Write,
  WriteResult,
  WriteTtl,
} from './lib/driver/driver.js';
export { listOf } from './lib/driver/list-of.js';
export type {
  ChangeResult,
  RankedEntry,
  RankKind,
  SortedAnswer,
  SortedChange,
  SortedOrder,
  SortedQuery,
  SortedRequest,
  SortedResult,
  SortedSetPlace,
} from './lib/driver/sorted.js';
export { Sweeper } from './lib/driver/sweeper.js';
export {
  isKvError,
  KvError,
  type KvErrorCode,
  type KvErrorDetails,
  type Outcome,
} from './lib/errors/kv-error.js';
