import type { CallOptions, Store } from '@grovekv/kv-core';
import { checkCount, invalid, keyOf } from './arguments.js';
import { numbers } from './arithmetic.js';
import type { AddOptions, AddResult } from './counter.js';
import { PlainCounter } from './plain-counter.js';

/** The length of a period: a word, or milliseconds. All start at multiples of it since 1970, UTC. */
export type Period = 'minute' | 'hour' | 'day' | number;

/** Options of {@link createPeriodCounter}. */
export interface PeriodCounterOptions {
  readonly period: Period;
  /** How many periods can be read back, the running one included, 1 to 10,000. Older ones expire. */
  readonly keep: number;
}

/** The count of one period. */
export interface PeriodCount {
  /** Its first millisecond, since 1970. */
  readonly start: number;
  readonly value: number;
}

/** A counter for each period. */
export interface PeriodCounter {
  /** Adds `by` (default 1) to the running period, as `Counter.add`; bounds hold for the period. */
  add(
    by?: number,
    options?: Omit<AddOptions, 'opId'>,
  ): Promise<AddResult & { readonly start: number }>;
  /** The last `count` periods (default: all that are kept), oldest first, the running one last. One request. */
  last(count?: number, options?: CallOptions): Promise<PeriodCount[]>;
  /** The periods that overlap [from, to), oldest first; 0 where none is kept. At most 10,000. One request. */
  range(from: number | Date, to: number | Date, options?: CallOptions): Promise<PeriodCount[]>;
}

const LENGTHS = { minute: 60_000, hour: 3_600_000, day: 86_400_000 } as const;
const MOST_PERIODS = 10_000;

/**
 * Counts by period, each under its own key `counter.period:`, which expires once it is out of reach. The
 * store's clock says which period runs.
 *
 * @throws KvError `INVALID_KEY` or `INVALID_ARGUMENT`.
 */
export function createPeriodCounter(
  store: Store,
  name: string,
  options: PeriodCounterOptions,
): PeriodCounter {
  return new BucketCounter(store, name, options);
}

class BucketCounter implements PeriodCounter {
  readonly #store: Store;
  readonly #name: string;
  readonly #period: number;
  readonly #keep: number;
  readonly #ttlMs: number;

  constructor(store: Store, name: string, { period, keep }: PeriodCounterOptions) {
    keyOf('counter.period:', name);
    this.#store = store;
    this.#name = name;
    this.#period = lengthOf(period);
    this.#keep = checkCount(keep, 'keep', 1, MOST_PERIODS);
    // One period more than is read, for readers whose clock is behind.
    this.#ttlMs = checkCount((this.#keep + 1) * this.#period, '(keep + 1) periods', 1, 2 ** 52);
  }

  async add(
    by?: number,
    options: Omit<AddOptions, 'opId'> = {},
  ): Promise<AddResult & { readonly start: number }> {
    const start = this.#startOf(this.#store.clock.now());
    const counter = new PlainCounter(this.#store, this.#keyOf(start), this.#ttlMs);
    return { ...(await counter.add(by, options)), start };
  }

  async last(count: number = this.#keep, options?: CallOptions): Promise<PeriodCount[]> {
    checkCount(count, 'count', 1, this.#keep);
    const running = this.#startOf(this.#store.clock.now());
    return this.#read(running - (count - 1) * this.#period, count, options);
  }

  async range(
    from: number | Date,
    to: number | Date,
    options?: CallOptions,
  ): Promise<PeriodCount[]> {
    const [begin, end] = [Number(from), Number(to)];
    if (!Number.isFinite(begin) || !Number.isFinite(end) || begin > end) {
      throw invalid('a range is from a time to one that is not before it');
    }
    const first = this.#startOf(begin);
    const count = Math.ceil((end - first) / this.#period);
    if (count > MOST_PERIODS) throw invalid(`a range of over ${MOST_PERIODS} periods`);
    return this.#read(first, begin === end ? 0 : count, options);
  }

  async #read(first: number, count: number, options?: CallOptions): Promise<PeriodCount[]> {
    const starts = Array.from({ length: count }, (_, index) => first + index * this.#period);
    const keys = starts.map((start) => this.#keyOf(start));
    const values = await this.#store.with({ codec: numbers.codec }).getMany(keys, options);
    return starts.map((start, index) => ({ start, value: values[index] ?? 0 }));
  }

  #startOf(time: number): number {
    return Math.floor(time / this.#period) * this.#period;
  }

  #keyOf(start: number): string {
    return keyOf(`counter.period:${this.#period}:${start}:`, this.#name);
  }
}

function lengthOf(period: unknown): number {
  if (typeof period === 'number') return checkCount(period, 'period', 1, Number.MAX_SAFE_INTEGER);
  if (typeof period === 'string' && Object.hasOwn(LENGTHS, period)) {
    return LENGTHS[period as keyof typeof LENGTHS];
  }
  throw invalid("a period is 'minute', 'hour', 'day' or milliseconds");
}
