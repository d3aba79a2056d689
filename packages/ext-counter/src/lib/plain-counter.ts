import { KvError, type Store } from '@grovekv/kv-core';
import { checkAddition } from './addition.js';
import { numbers } from './arithmetic.js';
import type { AddOptions, AddResult } from './counter.js';
import { refuseOpId, TextCounter } from './text-counter.js';

/** A counter of safe integers that adds natively where the driver can. */
export class PlainCounter extends TextCounter<number> {
  readonly #increments: Store;

  constructor(store: Store, key: string, ttlMs: number | undefined) {
    super(store, key, numbers, { ttlMs });
    this.#increments = store;
  }

  override async add(by?: number, options: AddOptions = {}): Promise<AddResult> {
    refuseOpId(options, this.key);
    const addition = checkAddition({ ...options, by }, numbers, this.key);
    const { min, max } = addition;
    const { ttlMs } = this;
    const { signal } = options;
    const result = await this.#increments.increment(this.key, addition.by, {
      min,
      max,
      ttlMs,
      signal,
    });
    const unbounded = addition.by > 0 ? max === undefined : min === undefined;
    if (!result.applied && unbounded && !Number.isSafeInteger(result.value + addition.by)) {
      throw new KvError('OUT_OF_RANGE', 'the sum is beyond the safe integers', { key: this.key });
    }
    return result;
  }
}
