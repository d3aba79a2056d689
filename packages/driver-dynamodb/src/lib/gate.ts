/** Lets so many in at once, the others in order. */
export class Gate {
  #free: number;
  readonly #line: ((inside: boolean) => void)[] = [];

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
      const timer = setTimeout(() => {
        this.#line.splice(this.#line.indexOf(answer), 1);
        resolve(false);
      }, due - performance.now());
      const answer = (inside: boolean): void => {
        clearTimeout(timer);
        resolve(inside);
      };
      this.#line.push(answer);
    });
  }

  leave(): void {
    const next = this.#line.shift();
    if (next) next(true);
    else this.#free += 1;
  }
}
