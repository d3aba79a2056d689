import type { Store } from '@grovekv/kv-core';
import { isNumbers, recordCodec } from './record.js';

interface Members {
  readonly closed: boolean;
  /** In order. */
  readonly members: readonly number[];
}

const EMPTY: Members = { closed: false, members: [] };

const codec = recordCodec<Members>(
  'n',
  ({ closed, members }) => typeof closed === 'boolean' && isNumbers(members),
);

/** Sets of whole numbers, a record each, that can be closed for good when they are empty. */
export class NumberSets {
  readonly #store: Store<Members>;
  readonly #tombstoneMs: number;

  constructor(store: Pick<Store, 'with'>, tombstoneMs: number) {
    this.#store = store.with({ codec });
    this.#tombstoneMs = tombstoneMs;
  }

  async read(key: string): Promise<readonly number[]> {
    return ((await this.#store.get(key)) ?? EMPTY).members;
  }

  /** `false` if the set is closed. */
  add(key: string, number: number): Promise<boolean> {
    return this.#store.update<Members, boolean>(
      key,
      (stored) => {
        const { closed, members } = stored ?? EMPTY;
        if (closed || members.includes(number)) return { keep: true, result: !closed };
        const next = [...members, number].sort((one, other) => one - other);
        return { put: { closed, members: next }, ttlMs: 'none', result: true };
      },
      { idempotent: true },
    );
  }

  /**
   * Takes a number out; with `close`, closes the set if nothing is left, one that is not there as well.
   * Answers whether it is closed, and will be for `tombstoneMs` from now.
   */
  remove(key: string, number: number | undefined, close: boolean): Promise<boolean> {
    return this.#store.update<Members, boolean>(
      key,
      (stored) => {
        const before = stored ?? EMPTY;
        const members = before.members.filter((member) => member !== number);
        if (close && members.length === 0) {
          return { put: { closed: true, members }, ttlMs: this.#tombstoneMs, result: true };
        }
        const { closed } = before;
        if (members.length === before.members.length) return { keep: true, result: closed };
        return { put: { closed, members }, ttlMs: 'none', result: closed };
      },
      { idempotent: true },
    );
  }
}
