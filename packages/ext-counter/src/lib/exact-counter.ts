import {
  type CallOptions,
  type Change,
  KvError,
  type Store,
  type UpdateOptions,
} from '@grovekv/kv-core';
import { type Addition, addTo, checkAddition } from './addition.js';
import { checkCount, invalid, type TtlMode } from './arguments.js';
import { numbers } from './arithmetic.js';
import type { AddOptions, AddResult, Counter } from './counter.js';
import { type Ledger, ledgerCodec } from './ledger.js';

/** How long named additions are remembered. */
export interface ExactRetries {
  /**
   * Milliseconds for which an `opId` is remembered after it was applied, as far as the clocks of the
   * processes agree. Retry within this time. Default 60,000.
   */
  readonly windowMs?: number | undefined;
  /**
   * How many are remembered at once, about 50 bytes each in the counter's record. While so many are
   * younger than `windowMs`, another `opId` is refused with `CONTENTION` rather than one forgotten.
   * Default 1,000, at most 10,000.
   */
  readonly remember?: number | undefined;
}

const NOTHING: Ledger = { value: 0, operations: [] };
const LONGEST_OP_ID = 128;

/** A counter whose record remembers the additions that were named, so that a repeated one is known. */
export class ExactCounter implements Counter {
  readonly #key: string;
  readonly #store: Store<Ledger>;
  readonly #ttlMs: number | undefined;
  readonly #sliding: boolean;
  readonly #windowMs: number;
  readonly #remember: number;

  constructor(
    store: Store,
    key: string,
    options: {
      readonly ttlMs: number | undefined;
      readonly ttl: TtlMode;
      readonly retries: ExactRetries;
    },
  ) {
    const { ttlMs, ttl, retries } = options;
    this.#key = key;
    this.#store = store.with({ codec: ledgerCodec, ttlMs });
    this.#ttlMs = ttlMs;
    this.#sliding = ttl === 'sliding';
    const { windowMs = 60_000, remember = 1000 } = retries;
    this.#windowMs = checkCount(windowMs, 'windowMs', 1, Number.MAX_SAFE_INTEGER);
    this.#remember = checkCount(remember, 'remember', 1, 10_000);
  }

  async add(by?: number, options: AddOptions = {}): Promise<AddResult> {
    const addition = checkAddition({ ...options, by }, numbers, this.#key);
    const { opId, signal } = options;
    if (opId !== undefined) checkOpId(opId, this.#key);
    const idempotent = opId !== undefined;
    return this.#update((ledger, now) => this.#add(ledger, addition, opId, now), {
      signal,
      idempotent,
    });
  }

  async get(options?: CallOptions): Promise<number> {
    return ((await this.#store.get(this.#key, options)) ?? NOTHING).value;
  }

  async set(value: number, options: CallOptions = {}): Promise<void> {
    const next = numbers.check(value, 'value', this.#key);
    // What has been counted stays known: a late retry must not count on top of the new value.
    const ttlMs = this.#ttlMs;
    await this.#update(
      (ledger) => ({ put: { ...ledger, value: next }, ttlMs, result: undefined }),
      options,
    );
  }

  async reset(options: CallOptions = {}): Promise<number> {
    return this.#update((ledger, now) => {
      const operations = this.#remembered(ledger, now);
      const result = ledger.value;
      return operations.length === 0
        ? { delete: true, result }
        : { put: { value: 0, operations }, result };
    }, options);
  }

  async compareAndSet(
    expected: number,
    next: number,
    options: CallOptions = {},
  ): Promise<AddResult> {
    const from = numbers.check(expected, 'expected', this.#key);
    const to = numbers.check(next, 'next', this.#key);
    return this.#update<AddResult>(
      (ledger) =>
        ledger.value === from
          ? { put: { ...ledger, value: to }, result: { value: to, applied: true } }
          : { keep: true, result: { value: ledger.value, applied: false } },
      options,
    );
  }

  async ttl(options?: CallOptions): Promise<number | undefined> {
    return this.#store.ttl(this.#key, options);
  }

  #add(
    ledger: Ledger,
    addition: Addition<number>,
    opId: string | undefined,
    now: number,
  ): Change<Ledger, AddResult> {
    const done = opId && ledger.operations.find(({ id }) => id === opId);
    if (done) {
      if (done.by !== addition.by) throw invalid('this opId has added another amount', this.#key);
      return { keep: true, result: { value: done.value, applied: true } };
    }
    const result = addTo(ledger.value, addition, numbers);
    if (!result.applied) return { keep: true, result };
    const { value } = result;
    const operations = this.#remembered(ledger, now);
    if (opId === undefined) return { put: { value, operations }, result };
    if (operations.length >= this.#remember) throw this.#full();
    operations.push({ id: opId, by: addition.by, value, at: now });
    return { put: { value, operations }, result };
  }

  #remembered({ operations }: Ledger, now: number): Ledger['operations'][number][] {
    return operations.filter(({ at }) => now - at <= this.#windowMs);
  }

  #full(): KvError {
    const text = `${this.#remember} operations are younger than ${this.#windowMs} ms: no room for another`;
    return new KvError('CONTENTION', text, { key: this.#key });
  }

  #update<R>(
    change: (ledger: Ledger, now: number) => Change<Ledger, R>,
    { signal, idempotent }: UpdateOptions,
  ): Promise<R> {
    return this.#store.update(
      this.#key,
      (stored, { now }): Change<Ledger, R> => {
        const decided = change(stored ?? NOTHING, now);
        return this.#sliding && 'put' in decided ? { ...decided, ttlMs: this.#ttlMs } : decided;
      },
      { signal, idempotent },
    );
  }
}

function checkOpId(opId: unknown, key: string): asserts opId is string {
  const valid =
    typeof opId === 'string' &&
    opId.length > 0 &&
    opId.length <= LONGEST_OP_ID &&
    opId.isWellFormed();
  if (!valid) throw invalid(`opId is a string of 1 to ${LONGEST_OP_ID} characters`, key);
}
