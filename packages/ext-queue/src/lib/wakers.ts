/** Those in this process who wait for work. */
export class Wakers {
  readonly #sleepers = new Set<() => void>();
  #calls = 0;

  /** Counts the calls of `wake`, so that one between a look and a sleep is not missed. */
  get calls(): number {
    return this.#calls;
  }

  add(wake: () => void): () => void {
    this.#sleepers.add(wake);
    return () => this.#sleepers.delete(wake);
  }

  wake(): void {
    this.#calls += 1;
    if (this.#sleepers.size === 0) return;
    for (const wake of [...this.#sleepers]) wake();
  }
}
