import type { Store } from '@grovekv/kv-core';
import { keyOf, type TtlMode } from './arguments.js';
import { bigints } from './arithmetic.js';
import type { Counter } from './counter.js';
import { TextCounter } from './text-counter.js';

/** Options of {@link createBigCounter}. */
export interface BigCounterOptions {
  /** Milliseconds to live. Default: for ever. */
  readonly ttlMs?: number | undefined;
  /** From when `ttlMs` counts: from creation (default), or `sliding` from the last change. */
  readonly ttl?: TtlMode | undefined;
}

/**
 * A counter of bigints, for what leaves the safe integers; up to 4,096 digits. It shares the record
 * of `createCounter`: the same name is the same counter, which refuses with `OUT_OF_RANGE` or
 * `NOT_AN_INTEGER` what it cannot hold. One or two round trips an addition, shared by concurrent calls.
 *
 * @throws KvError `INVALID_KEY` or `INVALID_ARGUMENT`.
 */
export function createBigCounter(
  store: Store,
  name: string,
  options: BigCounterOptions = {},
): Counter<bigint> {
  return new TextCounter(store, keyOf('counter:', name), bigints, options);
}
