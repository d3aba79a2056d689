import type { Store } from '@grovekv/kv-core';
import { recordCodec } from './record.js';

/** What is remembered of a lane besides its segments. */
export interface LaneHint {
  /** Every segment before it is drained. */
  readonly head: number;
  /** How many jobs came before the head. */
  readonly base: number;
  /** A segment that has been made; there may be later ones. */
  readonly tail: number;
  /** Takes no more jobs. */
  readonly closed: boolean;
}

const EMPTY: LaneHint = { head: 0, base: 0, tail: 0, closed: false };

const codec = recordCodec<LaneHint>(
  'h',
  ({ head, base, tail, closed }) =>
    [head, base, tail].every((number) => Number.isSafeInteger(number)) &&
    typeof closed === 'boolean',
);

/** The record of a lane's ends. Heads and tails only grow. */
export class LaneHints {
  readonly #store: Store<LaneHint>;
  readonly #key: string;

  constructor(store: Pick<Store, 'with'>, key: string) {
    this.#store = store.with({ codec });
    this.#key = key;
  }

  async read(): Promise<LaneHint> {
    return (await this.#store.get(this.#key)) ?? EMPTY;
  }

  advance(head: number, base: number): Promise<LaneHint> {
    return this.#change((hint) =>
      head > hint.head ? { ...hint, head, base, tail: Math.max(hint.tail, head) } : hint,
    );
  }

  noteTail(tail: number): Promise<LaneHint> {
    return this.#change((hint) => (tail > hint.tail ? { ...hint, tail } : hint));
  }

  /** For good. Written in any case: a record that says so already may be about to go. */
  close(): Promise<LaneHint> {
    return this.#change((hint) => ({ ...hint, closed: true }));
  }

  /** Lets the record of a closed lane go, in a while. */
  async bury(tombstoneMs: number): Promise<void> {
    await this.#store.expire(this.#key, tombstoneMs);
  }

  #change(change: (hint: LaneHint) => LaneHint): Promise<LaneHint> {
    return this.#store.update<LaneHint, LaneHint>(
      this.#key,
      (stored) => {
        const before = stored ?? EMPTY;
        const after = change(before);
        if (after === before) return { keep: true, result: before };
        return { put: after, ttlMs: 'none', result: after };
      },
      { idempotent: true },
    );
  }
}
