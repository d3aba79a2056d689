import { systemClock } from '../clock/clock.js';
import { json } from '../codec/json.js';
import { Dispatcher } from '../dispatch/dispatcher.js';
import { KvError } from '../errors/kv-error.js';
import { checkTtl } from './arguments.js';
import type { Store, StoreOptions } from './store.js';
import { StoreView } from './store-view.js';

const DEFAULT_TIMEOUT_MS = 5_000;

/**
 * Makes a store on a driver. No I/O happens before the first call.
 *
 * @throws KvError `INVALID_ARGUMENT` or `INVALID_DRIVER` for options that cannot be right.
 */
export function createStore<V = unknown>(options: StoreOptions<V>): Store<V> {
  const { driver, codec, hooks = [], timeoutMs = DEFAULT_TIMEOUT_MS, ttlMs } = options;
  if (driver?.contract !== 1) {
    throw new KvError('INVALID_DRIVER', 'a driver with contract 1 is needed');
  }
  if (!Number.isFinite(timeoutMs) || timeoutMs <= 0 || timeoutMs >= 2 ** 31) {
    throw new KvError('INVALID_ARGUMENT', 'timeoutMs is above 0 and below 2^31');
  }
  return new StoreView<V>({
    dispatcher: new Dispatcher(driver, timeoutMs),
    clock: options.clock ?? driver.clock ?? systemClock,
    hooks: [...hooks],
    codec: (codec ?? json()) as NonNullable<typeof codec>,
    ttlMs: ttlMs === undefined ? undefined : checkTtl(ttlMs),
  });
}
