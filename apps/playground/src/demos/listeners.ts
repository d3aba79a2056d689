const PAUSE_MS = 100;

/** Tells listeners of changes, at most ten times a second. */
export class Listeners {
  readonly #listeners = new Set<() => void>();
  #timer: NodeJS.Timeout | undefined;

  get size(): number {
    return this.#listeners.size;
  }

  add(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  changed(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      for (const listener of this.#listeners) listener();
    }, PAUSE_MS);
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#listeners.clear();
  }
}
