import type { BidResult } from './grant.js';

/**
 * How long to pause between attempts. Full jitter, so that processes do not keep step; short while the
 * lock changes hands, growing while it does not.
 */
export class Pace {
  readonly #min: number;
  readonly #max: number;
  #pause: number;
  #serial = -1;
  #fence = -1;

  constructor({ min, max }: { readonly min: number; readonly max: number }) {
    this.#min = min;
    this.#max = max;
    this.#pause = min;
  }

  afterAttempt({ serial, fence, leftMs }: BidResult): number {
    const moved = serial !== this.#serial || fence !== this.#fence;
    this.#serial = serial;
    this.#fence = fence;
    this.#pause = moved ? this.#min : Math.min(this.#max, this.#pause * 2);
    return Math.min(Math.random() * this.#pause, leftMs + 1);
  }

  afterContention(): number {
    return Math.random() * this.#pause;
  }

  /**
   * Others look at a lock less often the longer it has been held, so they are left a window that grows
   * with that.
   */
  afterRelease(heldMs: number): number {
    this.#pause = this.#min;
    const window = Math.min(this.#max, Math.max(this.#min, heldMs / 4));
    return window * (0.5 + Math.random() / 2);
  }
}
