import type { CallOptions, Change, Store, WriteTtl } from '@grovekv/kv-core';
import { addTo, checkAddition } from './addition.js';
import { checkTtl, checkTtlMode, invalid, type TtlMode } from './arguments.js';
import type { Arithmetic } from './arithmetic.js';
import type { AddOptions, AddResult, Counter } from './counter.js';

/** A counter as decimal text, added to by reading and writing: for sliding ttls and bigints. */
export class TextCounter<N extends number | bigint> implements Counter<N> {
  protected readonly key: string;
  protected readonly ttlMs: number | undefined;
  readonly #sliding: boolean;
  readonly #store: Store<N>;
  readonly #arithmetic: Arithmetic<N>;

  constructor(
    store: Store,
    key: string,
    arithmetic: Arithmetic<N>,
    options: { readonly ttlMs?: number | undefined; readonly ttl?: TtlMode | undefined },
  ) {
    this.key = key;
    this.ttlMs = checkTtl(options.ttlMs, key);
    this.#sliding = checkTtlMode(options.ttl, this.ttlMs, key) === 'sliding';
    this.#store = store.with({ codec: arithmetic.codec, ttlMs: this.ttlMs });
    this.#arithmetic = arithmetic;
  }

  async add(by?: N, options: AddOptions<N> = {}): Promise<AddResult<N>> {
    refuseOpId(options, this.key);
    const addition = checkAddition({ ...options, by }, this.#arithmetic, this.key);
    return this.#change((value) => addTo(value, addition, this.#arithmetic), options);
  }

  async get(options?: CallOptions): Promise<N> {
    return (await this.#store.get(this.key, options)) ?? this.#arithmetic.zero;
  }

  async set(value: N, { signal }: CallOptions = {}): Promise<void> {
    await this.#store.set(this.key, this.#arithmetic.check(value, 'value', this.key), { signal });
  }

  async reset({ signal }: CallOptions = {}): Promise<N> {
    return this.#store.update(
      this.key,
      (value): Change<N, N> => ({ delete: true, result: value ?? this.#arithmetic.zero }),
      { signal },
    );
  }

  async compareAndSet(expected: N, next: N, options: CallOptions = {}): Promise<AddResult<N>> {
    const from = this.#arithmetic.check(expected, 'expected', this.key);
    const to = this.#arithmetic.check(next, 'next', this.key);
    return this.#change(
      (value) => (value === from ? { value: to, applied: true } : { value, applied: false }),
      options,
    );
  }

  async ttl(options?: CallOptions): Promise<number | undefined> {
    return this.#store.ttl(this.key, options);
  }

  #change(decide: (value: N) => AddResult<N>, { signal }: CallOptions): Promise<AddResult<N>> {
    const ttlMs: WriteTtl | undefined = this.#sliding ? this.ttlMs : undefined;
    return this.#store.update(
      this.key,
      (stored): Change<N, AddResult<N>> => {
        const result = decide(stored ?? this.#arithmetic.zero);
        return result.applied ? { put: result.value, ttlMs, result } : { keep: true, result };
      },
      { signal },
    );
  }
}

/** An opId that nothing remembers would be a promise not kept. */
export function refuseOpId(options: { readonly opId?: unknown }, key: string): void {
  if (options.opId !== undefined) {
    throw invalid('opId needs a counter made with exactRetries', key);
  }
}
