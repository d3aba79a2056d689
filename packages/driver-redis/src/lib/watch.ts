/** Something under way that must end by `due`, a time of `performance.now()`. */
export interface Watched {
  readonly due: number;
  /** Where it is on the list; −1 if it is not. Of the list alone. */
  place: number;
  expire(): void;
}

/**
 * Ends what lasts too long, with one timer for all: a timer for each command would cost more than the
 * command. Before it gives up on anything it lets the process read what has arrived in the meantime, so
 * that a busy process does not take its own delay for the server's.
 *
 * A list, not a `Set`: a table that a `Set` outgrows still points at the one that follows it. Once one is
 * in the old generation, everything that comes and goes is kept until the next full collection.
 */
export class Watch {
  readonly #open: Watched[] = [];
  #timer: NodeJS.Timeout | undefined;
  #firesAt = Number.POSITIVE_INFINITY;
  #whenIdle: (() => void)[] = [];

  get size(): number {
    return this.#open.length;
  }

  add(item: Watched): void {
    if (item.place < 0) item.place = this.#open.push(item) - 1;
    if (item.due < this.#firesAt) this.#arm(item.due);
  }

  delete(item: Watched): void {
    if (item.place < 0) return;
    const last = this.#open.pop() as Watched;
    if (last !== item) {
      this.#open[item.place] = last;
      last.place = item.place;
    }
    item.place = -1;
    if (this.#open.length === 0 && this.#whenIdle.length > 0) this.#idle();
  }

  /** Resolves when nothing is under way, or `due` has come. */
  idle(due: number): Promise<void> {
    if (this.#open.length === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, due - performance.now());
      this.#whenIdle.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#firesAt = Number.POSITIVE_INFINITY;
  }

  #idle(): void {
    const waiting = this.#whenIdle;
    this.#whenIdle = [];
    for (const resolve of waiting) resolve();
  }

  #arm(at: number): void {
    clearTimeout(this.#timer);
    this.#firesAt = at;
    // The sockets hold the process open while anything is awaited.
    this.#timer = setTimeout(
      this.#fire,
      Math.min(Math.max(0, at - performance.now()), 2 ** 31 - 1),
    );
    this.#timer.unref();
  }

  #fire = (): void => {
    setImmediate(this.#sweep);
  };

  #sweep = (): void => {
    this.#firesAt = Number.POSITIVE_INFINITY;
    const now = performance.now();
    let next = Number.POSITIVE_INFINITY;
    for (const item of [...this.#open]) {
      if (item.due > now) {
        next = Math.min(next, item.due);
        continue;
      }
      this.delete(item);
      item.expire();
    }
    if (next !== Number.POSITIVE_INFINITY) this.#arm(next);
  };
}
