/** Something that must end by `deadline` (milliseconds of `performance.now`). */
export interface Deadline {
  readonly deadline: number;
  expire(): void;
}

/** A timer of Node or Bun, which can stop holding the process open; elsewhere it is a number. */
interface Timer {
  ref?(): void;
  unref?(): void;
}

/**
 * Ends what lasts too long, with one timer for all: a timer for each call would cost more than the call.
 * The timer holds the process open only while something is in flight.
 */
export class Deadlines {
  readonly #open = new Set<Deadline>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #firesAt = Number.POSITIVE_INFINITY;

  add(item: Deadline): void {
    this.#open.add(item);
    if (item.deadline < this.#firesAt) this.#arm(item.deadline);
    else if (this.#open.size === 1) (this.#timer as Timer).ref?.();
  }

  /** Takes it off the watch; `false` if it has expired. */
  delete(item: Deadline): boolean {
    if (!this.#open.delete(item)) return false;
    if (this.#open.size === 0) this.#rest();
    return true;
  }

  #rest(): void {
    const timer = this.#timer as Timer | undefined;
    if (timer?.unref) {
      timer.unref();
      return;
    }
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#firesAt = Number.POSITIVE_INFINITY;
  }

  #arm(at: number): void {
    clearTimeout(this.#timer);
    this.#firesAt = at;
    const wait = Math.min(Math.max(0, at - performance.now()), 2 ** 31 - 1);
    this.#timer = setTimeout(this.#fire, wait);
  }

  #fire = (): void => {
    this.#timer = undefined;
    this.#firesAt = Number.POSITIVE_INFINITY;
    const now = performance.now();
    for (const item of [...this.#open]) {
      if (item.deadline <= now) {
        this.#open.delete(item);
        item.expire();
      }
    }
    let next = Number.POSITIVE_INFINITY;
    for (const item of this.#open) next = Math.min(next, item.deadline);
    if (next !== Number.POSITIVE_INFINITY) this.#arm(next);
  };
}
