import type { Clock } from '@grovekv/kv-core';
import type { LimiterRecord } from './limiter-record.js';
import { Recent } from './recent.js';

/** Faster than this no wall clock is slewed; what is corrected by more has jumped. */
const LARGEST_SLEW = 0.001;
/** Readings of two clocks that differ by so little say nothing. */
const SMALL_MS = 5;
/** Clocks that differ by so much agree: nobody measures better over a network. */
const AGREEMENT_MS = 50;

/**
 * The time by which a limiter counts. A record goes by the time of the process that began it; the others
 * learn from the record's age how far theirs is from that, and count by it with their monotonic clocks. So a
 * wall clock that is wrong, or jumps, neither lets more in nor locks anybody out.
 */
export class LimiterTime {
  readonly #clock: Clock;
  readonly #serverAge: boolean;
  readonly #agreementMs: number;
  /** Wall clock less monotonic clock. */
  #base: number;
  #lookedAt: number;
  /** What is added to the time for keys whose records tell another. */
  readonly #offsets = new Recent<number>();

  /** `serverAge`: the time to live that is left tells the age of a record by a clock that all share. */
  constructor(clock: Clock, serverAge: boolean, shortestWindowMs: number) {
    this.#clock = clock;
    this.#serverAge = serverAge;
    this.#agreementMs = Math.min(AGREEMENT_MS, shortestWindowMs / 20);
    this.#lookedAt = clock.monotonic();
    this.#base = clock.now() - this.#lookedAt;
  }

  /**
   * The time for a key whose record is this, with so much of its time to live left. `askedAt`: when the
   * store was asked, by the monotonic clock. The age is measured no better than the answer took.
   */
  of(
    key: string,
    record: LimiterRecord | undefined,
    ttlMs: number | undefined,
    askedAt: number,
  ): number {
    const local = this.#local();
    const offset = this.#offsets.get(key) ?? 0;
    if (!record) {
      if (offset !== 0) this.#offsets.delete(key);
      return local;
    }
    const now = local + offset;
    const aged = this.#serverAge && ttlMs !== undefined;
    const told = aged ? record.at + Math.max(0, record.ttlMs - ttlMs) : Math.max(record.at, now);
    const uncertainMs = this.#agreementMs + this.#clock.monotonic() - askedAt;
    if (Math.abs(told - now) <= uncertainMs) return Math.max(now, record.at);
    this.#offsets.set(key, Math.floor(told) - local);
    return Math.floor(told);
  }

  /** The wall clock's time, but for its jumps. */
  #local(): number {
    const monotonic = this.#clock.monotonic();
    const base = this.#clock.now() - monotonic;
    const slewMs = SMALL_MS + (monotonic - this.#lookedAt) * LARGEST_SLEW;
    if (Math.abs(base - this.#base) <= slewMs) this.#base = base;
    this.#lookedAt = monotonic;
    return Math.floor(this.#base + monotonic);
  }
}
