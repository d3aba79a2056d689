import type { Admission } from '../workers/messages.js';

/** What was allowed lately, and what the windows of it hold. */
export class WindowHistory {
  readonly #windowMs: number;
  readonly #keepMs: number;
  #admissions: Admission[] = [];
  #most = 0;
  #total = 0;

  constructor(windowMs: number, keepMs: number) {
    this.#windowMs = windowMs;
    this.#keepMs = keepMs;
  }

  /** The most that any window held for certain: called and answered within it. */
  get most(): number {
    return this.#most;
  }

  get total(): number {
    return this.#total;
  }

  add(admissions: readonly Admission[], now: number): void {
    this.#total += admissions.length;
    const kept = this.#admissions.filter(({ returned }) => returned > now - this.#keepMs);
    this.#admissions = [...kept, ...admissions].sort((one, other) => one.called - other.called);
    this.#most = Math.max(this.#most, this.#mostNow());
  }

  /** How many were for certain in the window that ends at `end`. */
  heldAt(end: number): number {
    const start = end - this.#windowMs;
    return this.#admissions.filter(({ called, returned }) => called > start && returned <= end)
      .length;
  }

  #mostNow(): number {
    let most = 0;
    this.#admissions.forEach(({ called }, first) => {
      const end = called + this.#windowMs;
      let held = 0;
      for (let at = first; at < this.#admissions.length; at += 1) {
        const admission = this.#admissions[at]!;
        if (admission.called >= end) break;
        if (admission.returned < end) held += 1;
      }
      most = Math.max(most, held);
    });
    return most;
  }
}
