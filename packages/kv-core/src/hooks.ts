export {
  type CircuitBreakerOptions,
  type CircuitState,
  circuitBreaker,
} from './lib/hooks/circuit-breaker.js';
export { type CompressionOptions, compression } from './lib/hooks/compression.js';
export type { Deflate } from './lib/hooks/deflate.js';
export {
  type EncryptionKey,
  type EncryptionOptions,
  encryption,
} from './lib/hooks/encryption.js';
export type {
  AroundFace,
  Command,
  CommandResults,
  CommitCommand,
  GetCommand,
  Hook,
  IncrementCommand,
  KeyFace,
  MutateCommand,
  MutationState,
  MutationStep,
  Next,
  ResultOf,
  ScanCommand,
  ValueFace,
  WriteCommand,
} from './lib/hooks/hook.js';
export { keysOf, type LoggingOptions, type LogRecord, logging } from './lib/hooks/logging.js';
export { namespace } from './lib/hooks/namespace.js';
export { readOnly } from './lib/hooks/read-only.js';
export { type RetryOptions, retry } from './lib/hooks/retry.js';
export { singleFlight } from './lib/hooks/single-flight.js';
