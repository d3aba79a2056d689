import type { Clock } from '../clock/clock.js';
import type { Codec } from '../codec/codec.js';
import type { Dispatcher } from '../dispatch/dispatcher.js';
import type { Hook } from '../hooks/hook.js';

/** What a view is made of; all views of a store share dispatcher and clock. */
export interface ViewParts<V> {
  readonly dispatcher: Dispatcher;
  readonly clock: Clock;
  readonly hooks: readonly Hook[];
  readonly codec: Codec<V>;
  readonly ttlMs: number | undefined;
}
