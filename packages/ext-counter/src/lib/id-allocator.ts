import { KvError, type Store } from '@grovekv/kv-core';
import { checkCount, keyOf } from './arguments.js';

/** Options of {@link createIdAllocator}. */
export interface IdAllocatorOptions {
  /** How many ids one request takes, 1 to 1,000,000. What a process does not use is skipped. Default 100. */
  readonly block?: number | undefined;
  /** Take ids from a driver that may lose keys, and so may give an id twice. Default: refuse. */
  readonly allowVolatile?: boolean | undefined;
}

/** Gives out integers from 1 that no other process gets. */
export interface IdAllocator {
  /**
   * The next id: unique among all processes, increasing within this one. A round trip once a block,
   * shared by the calls that wait for it. After an error it is safe to call again: a block whose outcome
   * is unknown is skipped.
   */
  next(): Promise<number>;
}

/**
 * Allocates ids in blocks, counted under `counter.id:`.
 *
 * @throws KvError `NOT_SUPPORTED` on a volatile driver without `allowVolatile`; `INVALID_KEY`,
 * `INVALID_ARGUMENT`.
 */
export function createIdAllocator(
  store: Store,
  name: string,
  options: IdAllocatorOptions = {},
): IdAllocator {
  const key = keyOf('counter.id:', name);
  const block = checkCount(options.block ?? 100, 'block', 1, 1_000_000);
  const { durability, name: driver } = store.capabilities;
  if (durability === 'volatile' && options.allowVolatile !== true) {
    const text = `${driver} may lose the counter and then give ids twice; allowVolatile: true accepts that`;
    throw new KvError('NOT_SUPPORTED', text, { key });
  }
  return new BlockAllocator(store, key, block);
}

class BlockAllocator implements IdAllocator {
  readonly #store: Store;
  readonly #key: string;
  readonly #block: number;
  #next = 1;
  #last = 0;
  #waiting = 0;
  #taking: Promise<void> | undefined;

  constructor(store: Store, key: string, block: number) {
    this.#store = store;
    this.#key = key;
    this.#block = block;
  }

  async next(): Promise<number> {
    this.#waiting += 1;
    try {
      while (this.#next > this.#last) {
        this.#taking ??= this.#take();
        await this.#taking;
      }
      const id = this.#next;
      this.#next += 1;
      return id;
    } finally {
      this.#waiting -= 1;
    }
  }

  async #take(): Promise<void> {
    try {
      // A tick later all calls of this one are known, and one request can serve them.
      await Promise.resolve();
      const count = Math.ceil(this.#waiting / this.#block) * this.#block;
      const { value } = await this.#store.increment(this.#key, count);
      this.#next = value - count + 1;
      this.#last = value;
    } finally {
      this.#taking = undefined;
    }
  }
}
