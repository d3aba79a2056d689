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
export { singleFlight } from './lib/hooks/single-flight.js';
