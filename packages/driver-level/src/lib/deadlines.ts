/** Something that must end by `deadline` (milliseconds of `performance.now`). */
export interface Deadline {
  readonly deadline: number;
  expire(): void;
}

const LONGEST_TIMER_MS = 2 ** 31 - 1;

/**
 * Ends what lasts too long, with one timer for all: a timer for each call would cost more than the call.
 * The timer does not hold the process open; what is waited for does.
 */
export class Deadlines {
  readonly #open = new Set<Deadline>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #firesAt = Number.POSITIVE_INFINITY;

  add(item: Deadline): void {
    this.#open.add(item);
    if (item.deadline < this.#firesAt) this.#arm(item.deadline);
  }

  delete(item: Deadline): void {
    this.#open.delete(item);
  }

  #arm(at: number): void {
    clearTimeout(this.#timer);
    this.#firesAt = at;
    const wait = Math.max(0, at - performance.now());
    this.#timer = setTimeout(this.#fire, Math.min(wait, LONGEST_TIMER_MS));
    (this.#timer as { unref?(): void }).unref?.();
  }

  #fire = (): void => {
    this.#firesAt = Number.POSITIVE_INFINITY;
    const now = performance.now();
    let next = Number.POSITIVE_INFINITY;
    for (const item of this.#open) {
      if (item.deadline > now) {
        next = Math.min(next, item.deadline);
        continue;
      }
      this.#open.delete(item);
      item.expire();
    }
    if (next !== Number.POSITIVE_INFINITY) this.#arm(next);
  };
}
