import { createStore, type Store } from '@grovekv/kv-core';
import { memoryDriver } from '@grovekv/kv-core/memory';
import { createManualClock, type ManualClock, portable } from '@grovekv/kv-core/testing';
import {
  createSessionStore,
  type Session,
  type SessionOptions,
  type SessionStore,
} from '../src/index.js';

export interface Cart {
  cart?: string[];
  theme?: string;
  step?: number;
}

export type Loaded = Session<Cart>;

export const HOUR = 3_600_000;

export const GONE = { code: 'SESSION_DESTROYED', outcome: 'none', name: 'SessionDestroyedError' };

/** A store of its own, its clock held still. */
export class World {
  readonly clock: ManualClock = createManualClock();
  readonly store: Store = createStore({ driver: portable(memoryDriver({ clock: this.clock })) });

  /** The sessions as another process sees them. */
  make(options: Partial<SessionOptions> = {}, store: Store = this.store): SessionStore<Cart> {
    return createSessionStore<Cart>(store, { ttlMs: HOUR, ...options });
  }

  /** All that is stored, as text. */
  async dump(): Promise<string> {
    let text = '';
    for await (const key of this.store.keys()) {
      text += `${key} ${new TextDecoder().decode(await this.store.raw.get(key))}\n`;
    }
    return text;
  }
}
