import type { CallOptions, Store } from '@grovekv/kv-core';
import { checkCount, checkTtl, invalid, keyOf } from './arguments.js';
import { numbers } from './arithmetic.js';
import { PlainCounter } from './plain-counter.js';

/** Options of {@link createShardedCounter}. */
export interface ShardedCounterOptions {
  /** Keys to spread over, 2 to 1,024. May be raised later, never lowered. Default 16. */
  readonly shards?: number | undefined;
  /** Milliseconds to live, for each shard from its creation. Default: for ever. */
  readonly ttlMs?: number | undefined;
}

/** A counter spread over several keys: for writing from many processes at once, read rarely. */
export interface ShardedCounter {
  /** Adds `by` (default 1) to one shard. One round trip. There is no bound and no running value. */
  add(by?: number, options?: CallOptions): Promise<void>;
  /**
   * The sum. One request for all shards; additions that run meanwhile are in it or not. With positive
   * additions only, it lies between the values at the start and at the end of the call.
   */
  get(options?: CallOptions): Promise<number>;
  /** Clears each shard; answers what was cleared. An addition counts in exactly one such answer. */
  reset(options?: CallOptions): Promise<number>;
}

/**
 * A counter under `counter.shard:`. For a key that so many processes write that they hold each other up.
 *
 * @throws KvError `INVALID_KEY` or `INVALID_ARGUMENT`.
 */
export function createShardedCounter(
  store: Store,
  name: string,
  options: ShardedCounterOptions = {},
): ShardedCounter {
  return new SpreadCounter(store, name, options);
}

class SpreadCounter implements ShardedCounter {
  readonly #store: Store;
  readonly #keys: readonly string[];
  readonly #shards: readonly PlainCounter[];
  #current: PlainCounter | undefined;

  constructor(store: Store, name: string, { shards = 16, ttlMs }: ShardedCounterOptions) {
    const count = checkCount(shards, 'shards', 2, 1024);
    const ttl = checkTtl(ttlMs, keyOf('counter.shard:', name));
    this.#store = store;
    this.#keys = Array.from({ length: count }, (_, index) =>
      keyOf(`counter.shard:${index}:`, name),
    );
    this.#shards = this.#keys.map((key) => new PlainCounter(store, key, ttl));
  }

  async add(by?: number, options: CallOptions = {}): Promise<void> {
    for (const refused of ['min', 'max', 'opId']) {
      if (refused in options)
        throw invalid(`a sharded counter has no ${refused}: no shard knows the sum`);
    }
    // Calls of one moment stay together, so that the store can send them as one addition.
    this.#current ??= this.#shards[Math.floor(Math.random() * this.#shards.length)]!;
    try {
      await this.#current.add(by, options);
    } finally {
      this.#current = undefined;
    }
  }

  async get(options?: CallOptions): Promise<number> {
    const values = await this.#store.with({ codec: numbers.codec }).getMany(this.#keys, options);
    return values.reduce<number>((sum, value) => numbers.hold(sum + (value ?? 0)), 0);
  }

  async reset(options: CallOptions = {}): Promise<number> {
    const values = await Promise.all(this.#shards.map((shard) => shard.reset(options)));
    return values.reduce((sum, value) => numbers.hold(sum + value), 0);
  }
}
