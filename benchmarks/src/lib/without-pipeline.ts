import type { Driver } from '@grovekv/kv-core/driver';
import { json } from '../../../packages/kv-core/src/lib/codec/json.js';
import { Dispatcher } from '../../../packages/kv-core/src/lib/dispatch/dispatcher.js';
import { checkKey } from '../../../packages/kv-core/src/lib/store/arguments.js';
import { ValueCoder } from '../../../packages/kv-core/src/lib/store/value-coder.js';
import { putOf, wasApplied } from '../../../packages/kv-core/src/lib/store/writes.js';
import type { KeyValue } from './get-set.js';

/**
 * What the store would be if there were no such thing as a hook: the same checks, codec and dispatcher,
 * called one after the other.
 */
export function storeWithoutPipeline(driver: Driver): KeyValue {
  const dispatcher = new Dispatcher(driver, 5_000);
  const coder = new ValueCoder(json());
  return {
    get(key) {
      checkKey(key);
      return dispatcher.read(key, false, undefined, (entry) =>
        entry === undefined ? undefined : coder.decode(entry.value, key),
      );
    },
    set(key, value) {
      return dispatcher.write(
        putOf(key, value, undefined, coder, undefined),
        undefined,
        wasApplied,
      );
    },
    close: () => dispatcher.close(),
  };
}
