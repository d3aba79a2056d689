import { KvError } from '../errors/kv-error.js';
import type { CallOptions, Change, Store } from '../store/store.js';
import type { SortedOrder } from './entry.js';
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
    let tried = false;
    const step = (bytes: Uint8Array | undefined): Change<Uint8Array, SwapResult | 'lost'> => {
      const commit = bytes ? commitOf(bytes, this.#key) : '';
      if (commit === next.commit) return { keep: true, result: { swapped: true } };
      if (commit === root.commit) {
        tried = true;
        return { put: record, ttlMs: ttlMs ?? 'none', result: { swapped: true } };
      }
      const current = this.#decode(bytes);
      if (tried && current.recent.includes(next.commit)) {
        return { keep: true, result: { swapped: true } };
      }
      const isTooFar =
        tried && (current.serial < next.serial || current.serial - next.serial > MOST_RECENT);
      return { keep: true, result: isTooFar ? 'lost' : { swapped: false, current } };
    };
    try {
      const result = await this.#store.update(this.#key, step, { idempotent: true });
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

  #decode(bytes: Uint8Array | undefined): Root {
    if (!bytes) return emptyRoot(this.#order);
    const last = this.#last;
    if (last && last.commit === commitOf(bytes, this.#key)) return last;
    return decodeRoot(bytes, this.#key);
  }
}
