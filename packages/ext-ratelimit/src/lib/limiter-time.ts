import type { Clock } from '@grovekv/kv-core';
import type { LimiterRecord } from './limiter-record.js';

/** By so much a wall clock may be corrected without being taken for one that jumped. */
const CORRECTION_MS = 1_000;
const MOST_OFFSETS = 1_000;

/**
 * The time by which a limiter counts: the wall clock, so that processes agree, but one that only goes
 * forward, and at the pace of the monotonic clock. A wall clock that jumps is not followed; a record whose
 * time cannot be reconciled with it is gone on with from the time that it says, so that a process with a
 * wrong clock neither lets more in nor locks everybody out.
 */
export class LimiterTime {
  readonly #clock: Clock;
  readonly #serverAge: boolean;
  readonly #toleranceMs: number;
  /** Wall clock less monotonic clock. */
  #base: number;
  /** What is added to the time for keys whose records tell another. */
  readonly #offsets = new Map<string, number>();

  /** `serverAge`: the time to live that is left tells the age of a record by a clock that all share. */
  constructor(clock: Clock, serverAge: boolean, shortestWindowMs: number) {
    this.#clock = clock;
    this.#serverAge = serverAge;
    this.#toleranceMs = Math.min(CORRECTION_MS, Math.max(50, shortestWindowMs / 4));
    this.#base = clock.now() - clock.monotonic();
  }

  /** The time as far as this process knows it alone. */
  get local(): number {
    const monotonic = this.#clock.monotonic();
    const base = this.#clock.now() - monotonic;
    if (Math.abs(base - this.#base) <= CORRECTION_MS) this.#base = base;
    return Math.floor(this.#base + monotonic);
  }

  /** The time for a key whose record is this, with so much of its time to live left. */
  of(key: string, record: LimiterRecord | undefined, ttlMs: number | undefined): number {
    const { local } = this;
    const offset = this.#offsets.size > 0 ? (this.#offsets.get(key) ?? 0) : 0;
    const now = local + offset;
    if (!record) {
      if (offset !== 0) this.#offsets.delete(key);
      return local;
    }
    const aged = this.#serverAge && ttlMs !== undefined;
    const told = aged ? record.at + Math.max(0, record.ttlMs - ttlMs) : Math.max(record.at, now);
    if (Math.abs(told - now) <= this.#toleranceMs) return Math.max(now, record.at);
    if (this.#offsets.size >= MOST_OFFSETS) this.#offsets.clear();
    this.#offsets.set(key, Math.floor(told) - local);
    return Math.floor(told);
  }
}
