import type { Next } from '../hooks/hook.js';
import type { Store } from './store.js';

/** The same in every copy of core: its doors may be bundled apart. */
const SEND = Symbol.for('grovekv.send-command');

/** A store that shows its pipeline to the structures of core that have commands of their own. */
export interface Sending {
  readonly [SEND]: Next;
}

/** What sends commands through a store's hooks; `undefined` for a store that was wrapped by others. */
export function senderOf(store: Store<unknown>): Next | undefined {
  return (store as Partial<Sending>)[SEND];
}

export { SEND };
