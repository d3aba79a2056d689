/** Lets so many in at once, the others in order. */
export class Gate {
  #free: number;
  /** Each is told that there is a place, and answers whether it takes it. */
  readonly #line = new Set<() => boolean>();

  constructor(places: number) {
    this.#free = places;
  }

  /** Whether there was a place by `due`, a time of `performance`. Who is in must `leave`. */
  enter(due: number): Promise<boolean> | boolean {
    if (performance.now() >= due) return false;
    if (this.#free > 0) {
      this.#free -= 1;
      return true;
    }
    return new Promise((resolve) => {
      const take = (): boolean => {
        clearTimeout(timer);
        this.#line.delete(take);
        const inTime = performance.now() < due;
        resolve(inTime);
        return inTime;
      };
      const giveUp = (): void => {
        this.#line.delete(take);
        resolve(false);
      };
      const timer = setTimeout(giveUp, Math.ceil(due - performance.now()));
      this.#line.add(take);
    });
  }

  leave(): void {
    for (const take of this.#line) if (take()) return;
    this.#free += 1;
  }
}
