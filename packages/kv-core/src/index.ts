export { type Clock, systemClock } from './lib/clock/clock.js';
export type { Codec } from './lib/codec/codec.js';
export type { Condition, DriverTraits, Version, WriteTtl } from './lib/driver/driver.js';
export {
  isKvError,
  KvError,
  type KvErrorCode,
  type KvErrorDetails,
  type Outcome,
} from './lib/errors/kv-error.js';
export type { Hook } from './lib/hooks/hook.js';
export {
  createKeyspace,
  type Keyspace,
  type KeyspaceOptions,
} from './lib/keyspace/create-keyspace.js';
export type { StandardSchema, StandardSchemaResult } from './lib/keyspace/standard-schema.js';
export { createStore } from './lib/store/create-store.js';
export type {
  CallOptions,
  Change,
  ConditionOptions,
  Explanation,
  IncrementOptions,
  KeysOptions,
  SetOptions,
  Store,
  StoreCheck,
  StoreEntry,
  StoreOptions,
  StoreWrite,
  UpdateContext,
  UpdateOptions,
  ViewOptions,
} from './lib/store/store.js';
