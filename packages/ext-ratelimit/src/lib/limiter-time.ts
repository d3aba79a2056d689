import type { Clock } from '@grovekv/kv-core';
import type { Cell } from './cell.js';
import type { LimiterRecord } from './limiter-record.js';

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
   * store was asked, by the monotonic clock; `wall`: what the wall clock says now. The age is measured no
   * better than the answer took.
   */
  of(
    cell: Cell,
    record: LimiterRecord | undefined,
    ttlMs: number | undefined,
    askedAt: number,
    wall: number,
  ): number {
    const monotonic = this.#clock.monotonic();
    const local = this.#local(monotonic, wall);
    if (!record) {
      cell.offsetMs = 0;
      return local;
    }
    const now = local + cell.offsetMs;
    const aged = this.#serverAge && ttlMs !== undefined;
    const told = aged ? record.at + Math.max(0, record.ttlMs - ttlMs) : Math.max(record.at, now);
    const uncertainMs = this.#agreementMs + monotonic - askedAt;
    if (Math.abs(told - now) <= uncertainMs) return Math.max(now, record.at);
    cell.offsetMs = Math.floor(told) - local;
    return Math.floor(told);
  }

  /** The wall clock's time, but for its jumps. */
  #local(monotonic: number, wall: number): number {
    const base = wall - monotonic;
    const slewMs = SMALL_MS + (monotonic - this.#lookedAt) * LARGEST_SLEW;
    if (Math.abs(base - this.#base) <= slewMs) this.#base = base;
    this.#lookedAt = monotonic;
    return Math.floor(this.#base + monotonic);
  }
}
