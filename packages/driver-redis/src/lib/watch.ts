/** Something under way that must end by `due`, a time of `performance.now()`. */
export interface Watched {
  readonly due: number;
  expire(): void;
}

/**
 * Ends what lasts too long, with one timer for all: a timer for each command would cost more than the
 * command. Before it gives up on anything it lets the process read what has arrived in the meantime, so
 * that a busy process does not take its own delay for the server's.
 */
export class Watch {
  readonly #open = new Set<Watched>();
  #timer: NodeJS.Timeout | undefined;
  #firesAt = Number.POSITIVE_INFINITY;
  #whenIdle: (() => void)[] = [];

  get size(): number {
    return this.#open.size;
  }

  add(item: Watched): void {
    this.#open.add(item);
    if (item.due < this.#firesAt) this.#arm(item.due);
  }

  delete(item: Watched): void {
    this.#open.delete(item);
    if (this.#open.size === 0 && this.#whenIdle.length > 0) this.#idle();
  }

  /** Resolves when nothing is under way, or `due` has come. */
  idle(due: number): Promise<void> {
    if (this.#open.size === 0) return Promise.resolve();
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
