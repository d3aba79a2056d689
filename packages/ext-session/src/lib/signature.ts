import { newChange } from './new-change.js';

const MOST_WRITES = 4;
const MOST_TOGETHER_CHARS = 5_000;

/** The names of what has been folded so far, in this turn of the engine. */
let together: string | undefined;

/**
 * How a change of a record finds out whether it was made, when a reply was lost: the record keeps the
 * names of the changes of its last writes, newest first.
 *
 * Functions that are folded into one write run without a pause between them; their names are kept
 * together, however many they are. A wrong guess at that keeps names for longer or shorter than need be,
 * and no change is ever taken for another.
 */
export class Signature {
  /** What the call was rejected with whose outcome is not known, if there was one. */
  doubt: unknown;
  #name: string | undefined;
  #before: string | undefined;

  /** Whether the change has been tried at all. */
  get used(): boolean {
    return this.#name !== undefined;
  }

  /** Whether the change is in the record. */
  isIn(writes: readonly string[]): boolean {
    const name = this.#name;
    return name !== undefined && writes.some((names) => names.includes(name));
  }

  /**
   * Whether the change is in the record. Throws the doubt, if there is one that the record cannot settle:
   * too much has been written since.
   */
  isSettled(writes: readonly string[]): boolean {
    if (this.doubt === undefined) return this.isIn(writes);
    if (this.mayBeForgotten(writes)) throw this.doubt;
    return this.isIn(writes);
  }

  /** Whether it may have been in the record, and so much has been written since that it does not show. */
  mayBeForgotten(writes: readonly string[]): boolean {
    if (writes.length < MOST_WRITES || this.isIn(writes)) return false;
    return this.#before === undefined || !writes.includes(this.#before);
  }

  /** The names that the record keeps when it is written with this change. */
  sign(writes: readonly string[]): readonly string[] {
    this.#name ??= newChange();
    const [last, ...older] = writes;
    const folded = last !== undefined && last === together && last.length < MOST_TOGETHER_CHARS;
    const others = folded ? older : writes;
    this.#before = others[0];
    if (together === undefined) {
      queueMicrotask(() => {
        together = undefined;
      });
    }
    together = folded ? last + this.#name : this.#name;
    return [together, ...others.slice(0, MOST_WRITES - 1)];
  }
}
