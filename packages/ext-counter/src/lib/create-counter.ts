import type { Store } from '@grovekv/kv-core';
import { checkTtl, checkTtlMode, keyOf, type TtlMode } from './arguments.js';
import { numbers } from './arithmetic.js';
import type { Counter } from './counter.js';
import { ExactCounter, type ExactRetries } from './exact-counter.js';
import { PlainCounter } from './plain-counter.js';
import { TextCounter } from './text-counter.js';

/** Options of {@link createCounter}. */
export interface CounterOptions {
  /** Milliseconds to live. Default: for ever. */
  readonly ttlMs?: number | undefined;
  /** From when `ttlMs` counts: from creation (default), or `sliding` from the last change. */
  readonly ttl?: TtlMode | undefined;
  /** Remember named additions, so that `add(by, { opId })` can be repeated safely. Default: no. */
  readonly exactRetries?: boolean | ExactRetries | undefined;
}

/**
 * A counter of safe integers under `counter:` and its name. No I/O.
 *
 * @throws KvError `INVALID_KEY` or `INVALID_ARGUMENT`.
 */
export function createCounter(store: Store, name: string, options: CounterOptions = {}): Counter {
  const key = keyOf('counter:', name);
  const { exactRetries = false } = options;
  const ttlMs = checkTtl(options.ttlMs, key);
  const ttl = checkTtlMode(options.ttl, ttlMs, key);
  if (exactRetries !== false) {
    return new ExactCounter(store, key, {
      ttlMs,
      ttl,
      retries: exactRetries === true ? {} : exactRetries,
    });
  }
  return ttl === 'sliding'
    ? new TextCounter(store, key, numbers, { ttlMs, ttl })
    : new PlainCounter(store, key, ttlMs);
}
