import type { SortedOrder } from '../driver/sorted.js';
import { isKvError, KvError } from '../errors/kv-error.js';
import type { CallOptions, Change, Store } from '../store/store.js';
import {
  checkOrder,
  commitOf,
  decodeRoot,
  emptyRoot,
  encodeRoot,
  MOST_RECENT,
  type Root,
} from './root.js';
import { uncopied } from './uncopied.js';

/** `current` is the root that was there instead. */
export type SwapResult =
  | { readonly swapped: true }
  | { readonly swapped: false; readonly current: Root };

/** The root under its key, and the one this process saw last. */
export class RootRecord {
  readonly #store: Store<Uint8Array>;
  readonly #key: string;
  readonly #order: SortedOrder;
  #last: Root | undefined;

  constructor(store: Store<Uint8Array>, key: string, order: SortedOrder) {
    this.#store = store.with({ codec: uncopied });
    this.#key = key;
    this.#order = order;
  }

  /** The order this set was opened with. */
  get order(): SortedOrder {
    return this.#order;
  }

  /** Refuses a root of another order. */
  check(root: Root): void {
    checkOrder(root, this.#order, this.#key);
  }

  /** The root as it was last seen, to start from without a read; it may be old. */
  get last(): Root | undefined {
    return this.#last;
  }

  /** The root as it is stored. One read. */
  async read(options?: CallOptions): Promise<Root> {
    const root = this.#decode(await this.#store.get(this.#key, options));
    this.#last = root;
    return root;
  }

  /** Stores `next` if `root` is what is stored. Settles by itself whether a write in doubt happened. */
  async swap(root: Root, next: Root, ttlMs: number | undefined): Promise<SwapResult> {
    const record = encodeRoot(next);
    // Known only from an error: a step that runs again may have lost a race as well.
    let doubt: KvError | undefined;
    const step = (bytes: Uint8Array | undefined): Change<Uint8Array, SwapResult | 'lost'> => {
      const commit = bytes ? commitOf(bytes, this.#key) : '';
      if (commit === next.commit) return { keep: true, result: { swapped: true } };
      if (commit === root.commit) {
        return { put: record, ttlMs: ttlMs ?? 'none', result: { swapped: true } };
      }
      const current = this.#decode(bytes);
      if (doubt && current.recent.includes(next.commit)) {
        return { keep: true, result: { swapped: true } };
      }
      const isTooFar =
        doubt && (current.serial < next.serial || current.serial - next.serial > MOST_RECENT);
      return { keep: true, result: isTooFar ? 'lost' : { swapped: false, current } };
    };
    try {
      const result = await this.#store.update(this.#key, step).catch((error: unknown) => {
        if (!isKvError(error) || error.outcome !== 'unknown') throw error;
        doubt = error;
        const settled = this.#store.update(this.#key, step, { idempotent: true });
        // If that fails, however definitely, the doubt remains.
        return settled.catch(() => Promise.reject(error));
      });
      if (result === 'lost') {
        const text = 'too many commits came after a write in doubt to tell whether it happened';
        throw new KvError('CONTENTION', text, { key: this.#key, outcome: 'unknown' });
      }
      this.#last = result.swapped ? next : result.current;
      return result;
    } catch (error) {
      this.#last = undefined;
      throw error;
    }
  }

  /** Stores what `make` makes of the root, whichever that is, with the same trees; answers what is stored. */
  async note(make: (root: Root) => Root | undefined, ttlMs: number | undefined): Promise<Root> {
    const step = (bytes: Uint8Array | undefined): Change<Uint8Array, Root> => {
      const root = this.#decode(bytes);
      const next = make(root);
      if (!next) return { keep: true, result: root };
      return { put: encodeRoot(next), ttlMs: ttlMs ?? 'none', result: next };
    };
    const root = await this.#store.update(this.#key, step, { idempotent: true });
    this.#last = root;
    return root;
  }

  #decode(bytes: Uint8Array | undefined): Root {
    if (!bytes) return emptyRoot(this.#order);
    const last = this.#last;
    if (last && last.commit === commitOf(bytes, this.#key)) return last;
    return decodeRoot(bytes, this.#key);
  }
}
