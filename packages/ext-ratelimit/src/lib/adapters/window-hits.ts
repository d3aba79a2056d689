import type { Clock, Store } from '@grovekv/kv-core';
import { checkName, type RateLimitStore, span } from '../options.js';

/** How often something was hit in the window that runs now. */
export interface Hits {
  readonly total: number;
  /** Milliseconds until the window is over. */
  readonly leftMs: number;
}

/** What an adapter needs of a store. */
export type HitStore = RateLimitStore;

/**
 * Hits in windows that follow each other, those beyond a limit included, which is what frameworks with a
 * limit of their own ask for. One increment each; the time to live is set in the same write.
 */
export class WindowHits {
  readonly #store: Store;
  readonly #clock: Clock;

  constructor(store: HitStore, name: string, clock: Clock) {
    this.#store = store.namespace(checkName(name));
    this.#clock = clock;
  }

  async hit(key: string, windowMs: number): Promise<Hits> {
    const { at, leftMs } = this.#window(windowMs);
    const { value } = await this.#store.increment(`${at}:${key}`, 1, { ttlMs: leftMs + windowMs });
    return { total: value, leftMs };
  }

  /** Takes one hit back, if there is one. */
  async back(key: string, windowMs: number): Promise<void> {
    await this.#store.increment(`${this.#window(windowMs).at}:${key}`, -1, { min: 0 });
  }

  async read(key: string, windowMs: number): Promise<Hits | undefined> {
    const { at, leftMs } = this.#window(windowMs);
    const total = await this.#store.get<unknown>(`${at}:${key}`);
    return typeof total === 'number' ? { total, leftMs } : undefined;
  }

  async reset(key: string, windowMs: number): Promise<void> {
    await this.#store.delete(`${this.#window(windowMs).at}:${key}`);
  }

  #window(ms: number): { readonly at: number; readonly leftMs: number } {
    const windowMs = span('windowMs', ms);
    const now = this.#clock.now();
    const at = Math.floor(now / windowMs);
    return { at, leftMs: Math.ceil((at + 1) * windowMs - now) };
  }
}
