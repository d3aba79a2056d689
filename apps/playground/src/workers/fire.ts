import { createRateLimiter, type RateLimiter } from '@grovekv/ext-ratelimit';
import type { Store } from '@grovekv/kv-core';
import type { Admission, FireReport } from './messages.js';
import { tell } from './parent.js';

/** Of the limiter that the workers fire at. */
export const LIMIT = 50;
export const WINDOW_MS = 2_000;

/** The limiter that the workers fire at. */
export function theLimiter(store: Store): RateLimiter {
  return createRateLimiter(store, 'fire', { limit: LIMIT, windowMs: WINDOW_MS });
}

/** Milliseconds of a monotonic clock that all processes of the machine share. */
export function sharedNow(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

const TICK_MS = 20;
const REPORT_EVERY_TICKS = 5;

/** Calls the limiter so many times a second, and tells what came of it. */
export class Fire {
  readonly #limiter: RateLimiter;
  #perSecond = 0;
  #due = 0;
  #ticks = 0;
  #admissions: Admission[] = [];
  #refused = 0;
  #failed = 0;

  constructor(store: Store) {
    this.#limiter = theLimiter(store);
    setInterval(() => this.#tick(), TICK_MS);
  }

  turn(perSecond: number): void {
    this.#perSecond = perSecond;
  }

  #tick(): void {
    this.#due += (this.#perSecond * TICK_MS) / 1_000;
    for (; this.#due >= 1; this.#due -= 1) void this.#call();
    this.#ticks += 1;
    if (this.#ticks % REPORT_EVERY_TICKS === 0) this.#report();
  }

  async #call(): Promise<void> {
    const called = sharedNow();
    try {
      const { allowed } = await this.#limiter.limit('all');
      if (allowed) this.#admissions.push({ called, returned: sharedNow() });
      else this.#refused += 1;
    } catch {
      this.#failed += 1;
    }
  }

  #report(): void {
    if (this.#admissions.length + this.#refused + this.#failed === 0) return;
    const report: FireReport = {
      type: 'fired',
      admissions: this.#admissions,
      refused: this.#refused,
      failed: this.#failed,
    };
    this.#admissions = [];
    this.#refused = 0;
    this.#failed = 0;
    void tell(report);
  }
}
