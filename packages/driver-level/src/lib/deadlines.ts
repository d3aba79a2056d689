/** Something that must end by `deadline` (milliseconds of `performance.now`). */
export interface Deadline {
  readonly deadline: number;
  /** Where it is on the list; −1 if it is not. Of the list alone. */
  place: number;
  expire(): void;
}

const LONGEST_TIMER_MS = 2 ** 31 - 1;

/**
 * Ends what lasts too long, with one timer for all: a timer for each call would cost more than the call.
 * The timer does not hold the process open; what is waited for does.
 *
 * A list, not a `Set`: a table that a `Set` outgrows still points at the one that follows it. Once one is
 * in the old generation, everything that comes and goes is kept until the next full collection.
 */
export class Deadlines {
  readonly #open: Deadline[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;
  #firesAt = Number.POSITIVE_INFINITY;

  add(item: Deadline): void {
    item.place = this.#open.push(item) - 1;
    if (item.deadline < this.#firesAt) this.#arm(item.deadline);
  }

  delete(item: Deadline): void {
    if (item.place < 0) return;
    const last = this.#open.pop() as Deadline;
    if (last !== item) {
      this.#open[item.place] = last;
      last.place = item.place;
    }
    item.place = -1;
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
    for (const item of [...this.#open]) {
      if (item.deadline > now) {
        next = Math.min(next, item.deadline);
        continue;
      }
      this.delete(item);
      item.expire();
    }
    if (next !== Number.POSITIVE_INFINITY) this.#arm(next);
  };
}
