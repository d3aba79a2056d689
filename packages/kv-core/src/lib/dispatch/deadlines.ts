/** Something that must end by `deadline` (milliseconds of `performance.now`). */
export interface Deadline {
  readonly deadline: number;
  /** Where it is on the list; −1 if it is not. Of the list alone. */
  place: number;
  expire(): void;
}

/**
 * How often open deadlines are looked at. While the timer is armed it holds the process open, so this is
 * also how much later than its last call a program can end.
 */
const TICK_MS = 50;

/**
 * Ends what lasts too long, with one timer for all: a timer for each call, or one that is set anew
 * whenever something begins, would cost more than the call.
 *
 * A list, not a `Set`: a table that a `Set` outgrows still points at the one that follows it. Once one is
 * in the old generation, everything that comes and goes is kept until the next full collection.
 */
export class Deadlines {
  readonly #open: Deadline[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;
  #firesAt = Number.POSITIVE_INFINITY;

  add(item: Deadline): void {
    if (item.place < 0) item.place = this.#open.push(item) - 1;
    if (this.#timer === undefined) this.#arm(item.deadline);
    else if (item.deadline < this.#firesAt) this.#arm(item.deadline);
  }

  /** Takes it off the watch; `false` if it has expired. */
  delete(item: Deadline): boolean {
    if (item.place < 0) return false;
    const last = this.#open.pop() as Deadline;
    if (last !== item) {
      this.#open[item.place] = last;
      last.place = item.place;
    }
    item.place = -1;
    return true;
  }

  #arm(at: number): void {
    clearTimeout(this.#timer);
    const now = performance.now();
    this.#firesAt = Math.min(at, now + TICK_MS);
    this.#timer = setTimeout(this.#look, Math.max(0, this.#firesAt - now));
  }

  #look = (): void => {
    // What has arrived while this process was busy is read before anything is given up.
    if (this.#open.length > 0) soon(this.#expire);
    else this.#timer = undefined;
  };

  #expire = (): void => {
    this.#timer = undefined;
    const now = performance.now();
    for (const item of [...this.#open]) {
      if (item.deadline <= now && this.delete(item)) item.expire();
    }
    let next = Number.POSITIVE_INFINITY;
    for (const item of this.#open) next = Math.min(next, item.deadline);
    if (next !== Number.POSITIVE_INFINITY) this.#arm(next);
  };
}

/** After the input that waits: `setImmediate` where there is one. */
function soon(work: () => void): void {
  const { setImmediate } = globalThis as { setImmediate?: (work: () => void) => unknown };
  if (setImmediate) setImmediate(work);
  else setTimeout(work, 0);
}
