const MOST_REMEMBERED = 4;

let nameOfWrite: string | undefined;

/**
 * Names what is decided now, 64 random bits. All functions that are folded into one write run without a
 * pause between them, so they get one name, however many they are; a second attempt gets another.
 */
function currentWrite(): string {
  if (nameOfWrite === undefined) {
    const [one = 0, two = 0] = crypto.getRandomValues(new Uint32Array(2));
    nameOfWrite = one.toString(36) + two.toString(36).padStart(7, '0');
    queueMicrotask(() => {
      nameOfWrite = undefined;
    });
  }
  return nameOfWrite;
}

/**
 * How a change of a record finds out whether it was made, when a reply was lost: the record keeps the
 * names of the last writes, newest first, and this those under which the change was tried.
 */
export class Signature {
  readonly #tried: string[] = [];
  #before: string | undefined;

  /** Whether the change has been tried at all. */
  get used(): boolean {
    return this.#tried.length > 0;
  }

  /** Whether the change is in the record. */
  isIn(writes: readonly string[]): boolean {
    return this.#tried.some((name) => writes.includes(name));
  }

  /** Whether it may have been in the record, and so much has been written since that it does not show. */
  mayBeForgotten(writes: readonly string[]): boolean {
    if (writes.length < MOST_REMEMBERED || this.isIn(writes)) return false;
    return this.#before === undefined || !writes.includes(this.#before);
  }

  /** The names that the record keeps when it is written with this change. */
  sign(writes: readonly string[]): readonly string[] {
    const name = currentWrite();
    if (!this.#tried.includes(name)) this.#tried.push(name);
    this.#before = writes.find((other) => other !== name);
    return writes[0] === name ? writes : [name, ...writes.slice(0, MOST_REMEMBERED - 1)];
  }
}
