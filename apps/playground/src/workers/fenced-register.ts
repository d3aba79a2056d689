import type { Store } from '@grovekv/kv-core';

/** What the register holds. */
export interface RegisterState {
  readonly fence: number;
  readonly by: string;
  readonly writes: number;
}

/**
 * What a lock protects: it takes a write only under a fence that is not smaller than the largest it has
 * seen. Any resource can do this; it is what makes a lease safe against a holder that was paused.
 */
export class FencedRegister {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store.with({ ttlMs: 86_400_000 });
  }

  read(): Promise<RegisterState | undefined> {
    return this.#store.get<RegisterState>('register');
  }

  /** Whether it was taken, and the fence that stands. */
  write(by: string, fence: number): Promise<{ readonly accepted: boolean; readonly seen: number }> {
    return this.#store.update<RegisterState, { accepted: boolean; seen: number }>(
      'register',
      (current) => {
        if (current && current.fence > fence) {
          return { keep: true, result: { accepted: false, seen: current.fence } };
        }
        const writes = (current?.writes ?? 0) + 1;
        return { put: { fence, by, writes }, result: { accepted: true, seen: fence } };
      },
    );
  }
}
