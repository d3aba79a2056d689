import { newChange } from './new-change.js';

const MOST_WRITES = 4;
const MOST_TOGETHER_CHARS = 5_000;

/** The names of what has been folded so far, in this turn of the engine. */
let together: string | undefined;

/**
 * How a change of a record finds out whether it was made, when a reply was lost: the record keeps the
 * names of the changes of its last writes, newest first, with commas between the writes.
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
  isIn(writes: string): boolean {
    return this.#name !== undefined && writes.includes(this.#name);
  }

  /**
   * Whether the change is in the record. Throws the doubt, if there is one that the record cannot settle:
   * too much has been written since.
   */
  isSettled(writes: string): boolean {
    if (this.doubt === undefined) return this.isIn(writes);
    if (this.mayBeForgotten(writes)) throw this.doubt;
    return this.isIn(writes);
  }

  /** Whether it may have been in the record, and so much has been written since that it does not show. */
  mayBeForgotten(writes: string): boolean {
    const all = writes.split(',');
    if (all.length < MOST_WRITES || this.isIn(writes)) return false;
    return this.#before === undefined || !all.includes(this.#before);
  }

  /** The names that the record keeps when it is written with this change. */
  sign(writes: string): string {
    this.#name ??= newChange();
    const last = firstOf(writes);
    const folded = last !== '' && last === together && last.length < MOST_TOGETHER_CHARS;
    const others = folded ? writes.slice(last.length + 1) : writes;
    this.#before = firstOf(others) || undefined;
    if (together === undefined) {
      queueMicrotask(() => {
        together = undefined;
      });
    }
    together = folded ? last + this.#name : this.#name;
    return others === '' ? together : `${together},${youngest(others)}`;
  }
}

function firstOf(writes: string): string {
  const end = writes.indexOf(',');
  return end < 0 ? writes : writes.slice(0, end);
}

/** As many as a record keeps besides the newest. */
function youngest(writes: string): string {
  let end = -1;
  for (let kept = 1; kept < MOST_WRITES; kept += 1) {
    end = writes.indexOf(',', end + 1);
    if (end < 0) return writes;
  }
  return writes.slice(0, end);
}
