import type { CallOptions } from '@grovekv/kv-core';

/** Options of {@link Counter.add}. */
export interface AddOptions<N extends number | bigint = number> extends CallOptions {
  /** The result may not be smaller; otherwise nothing changes and `applied` is `false`. */
  readonly min?: N | undefined;
  /** The result may not be larger; otherwise nothing changes and `applied` is `false`. */
  readonly max?: N | undefined;
  /**
   * Names this addition. Another call with the same name is the same addition: it does not count again
   * and has the result of the first. Only for a counter made with `exactRetries`. 1 to 128 characters.
   */
  readonly opId?: string | undefined;
}

/** What became of an addition: `value` is the new value if applied, else the one that stands. */
export interface AddResult<N extends number | bigint = number> {
  readonly value: N;
  readonly applied: boolean;
}

/**
 * One number under one key. A counter that is not stored counts as 0. All methods are linearizable for
 * the counter; those that fail with `outcome: 'none'` changed nothing.
 */
export interface Counter<N extends number | bigint = number> {
  /**
   * Adds `by` (default 1). One round trip where the driver adds natively, else a compare-and-swap that
   * concurrent calls share.
   *
   * @throws KvError `OUT_OF_RANGE` beyond the safe integers, `NOT_AN_INTEGER` on foreign bytes,
   * `INVALID_ARGUMENT` for what is not an integer.
   */
  add(by?: N, options?: AddOptions<N>): Promise<AddResult<N>>;
  /** The value. One round trip. */
  get(options?: CallOptions): Promise<N>;
  /** Replaces the value; a time to live starts anew. */
  set(value: N, options?: CallOptions): Promise<void>;
  /** Back to nothing; answers the value that was. Every addition is before it or after it. */
  reset(options?: CallOptions): Promise<N>;
  /** Stores `next` if the value is `expected`. */
  compareAndSet(expected: N, next: N, options?: CallOptions): Promise<AddResult<N>>;
  /** Milliseconds left; `Infinity` if it never expires, `undefined` if it is not stored. */
  ttl(options?: CallOptions): Promise<number | undefined>;
}
