import type { BidResult } from './grant.js';

/** So many attempts in a row follow each other at once while the lock changes hands. */
const MOST_AT_ONCE = 3;
/** After so many turns between which nobody else came, this process believes itself alone. */
const ALONE_AFTER = 16;

/**
 * How long to pause between attempts. Full jitter, so that processes do not keep step; short while the
 * lock changes hands, growing while it does not. 0: no pause at all.
 */
export class Pace {
  readonly #min: number;
  readonly #max: number;
  #pause: number;
  #atOnce = 0;
  #serial = -1;
  #turnsAlone = 0;
  #gapAt = Number.NEGATIVE_INFINITY;

  constructor({ min, max }: { readonly min: number; readonly max: number }) {
    this.#min = min;
    this.#max = max;
    this.#pause = min;
  }

  /** After an attempt that found the lock taken. */
  afterRefusal({ state: { serial }, leftMs }: BidResult): number {
    const moved = serial !== this.#serial;
    this.#serial = serial;
    if (moved && this.#atOnce < MOST_AT_ONCE) {
      this.#atOnce += 1;
      return 0;
    }
    this.#atOnce = 0;
    this.#pause = moved ? this.#min : Math.min(this.#max, this.#pause * 2);
    return Math.min(Math.random() * this.#pause, leftMs + 1);
  }

  afterContention(): number {
    return Math.random() * this.#pause;
  }

  /** A turn of this process begins; `alone` if nobody else had one since its last. */
  turn(alone: boolean): void {
    this.#atOnce = 0;
    this.#turnsAlone = alone ? this.#turnsAlone + 1 : 0;
  }

  /**
   * After a turn of `heldMs` that ended at `now` with others of this process still waiting: the gap that
   * other processes are left. It grows with the turn, because they look less often the longer they have
   * waited. A process that has found itself alone leaves one only now and then.
   */
  afterTurn(heldMs: number, now: number): number {
    this.#pause = this.#min;
    if (this.#turnsAlone > ALONE_AFTER && now - this.#gapAt < this.#max) return 0;
    this.#gapAt = now;
    const gap = Math.min(this.#max, Math.max(this.#min, heldMs / 4));
    return gap * (0.5 + Math.random() / 2);
  }
}
