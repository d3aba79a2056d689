/**
 * Numbers as ASCII, short where they are small: digits of five bits, the lowest first, `P` to `o` with more
 * to follow and `0` to `O` for the last. What is no whole number up to 2^53 is a `p` and then the two
 * halves of the double, the upper first.
 */
const RADIX = 32;
const LAST = 0x30;
const MORE = 0x50;
const DOUBLE = 0x70;
/** Digits of a whole number, or `p` and twice seven digits. */
const MOST_BYTES = 15;
const DIGITS = 11;

const SLAB_BYTES = 4_096;
let slab = new Uint8Array(SLAB_BYTES);
let used = 0;

const double = new Float64Array(1);
const halves = new Uint32Array(double.buffer);
const UPPER = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1 ? 1 : 0;

/** Writes side by side into slabs: a buffer of its own costs ten times the writing. */
export class NumberWriter {
  readonly bytes: Uint8Array;
  readonly start: number;
  #at: number;

  /** Leaves `front` bytes, from `start` on, to the caller. */
  constructor(front: number, numbers: number) {
    const most = front + numbers * MOST_BYTES;
    if (most > SLAB_BYTES / 2) {
      this.bytes = new Uint8Array(most);
      this.start = 0;
    } else {
      if (used + most > SLAB_BYTES) {
        slab = new Uint8Array(SLAB_BYTES);
        used = 0;
      }
      this.bytes = slab;
      this.start = used;
    }
    this.#at = this.start + front;
  }

  /** Appends a number of 0 or more. */
  push(value: number): void {
    if (value < RADIX && value >= 0 && Number.isInteger(value)) {
      this.bytes[this.#at] = LAST + value;
      this.#at += 1;
    } else if (Number.isSafeInteger(value)) {
      this.#whole(value);
    } else {
      this.bytes[this.#at] = DOUBLE;
      this.#at += 1;
      double[0] = value;
      this.#whole(halves[UPPER]!);
      this.#whole(halves[1 - UPPER]!);
    }
  }

  /** What has been written. */
  end(): Uint8Array {
    const { bytes, start } = this;
    if (bytes === slab) used = this.#at;
    return new Uint8Array(bytes.buffer, start, this.#at - start);
  }

  #whole(value: number): void {
    const { bytes } = this;
    let at = this.#at;
    let rest = value;
    while (rest > 0x7fffffff) {
      const higher = Math.floor(rest / RADIX);
      bytes[at] = MORE + (rest - higher * RADIX);
      at += 1;
      rest = higher;
    }
    while (rest >= RADIX) {
      bytes[at] = MORE + (rest & (RADIX - 1));
      at += 1;
      rest >>>= 5;
    }
    bytes[at] = LAST + rest;
    this.#at = at + 1;
  }
}

/** Reads what {@link NumberWriter} has written. */
export class NumberReader {
  readonly #bytes: Uint8Array;
  #at: number;
  #bad = false;

  constructor(bytes: Uint8Array, start: number) {
    this.#bytes = bytes;
    this.#at = start;
  }

  /** Whether all was numbers, and nothing is left. */
  get good(): boolean {
    return !this.#bad && this.#at === this.#bytes.length;
  }

  /** The next number, 0 or more; `NaN` if there is none. */
  next(): number {
    const byte = this.#bytes[this.#at]!;
    if (byte >= LAST && byte < MORE) {
      this.#at += 1;
      return byte - LAST;
    }
    if (byte !== DOUBLE) return this.#whole(Number.MAX_SAFE_INTEGER);
    this.#at += 1;
    halves[UPPER] = this.#whole(0xffffffff);
    halves[1 - UPPER] = this.#whole(0xffffffff);
    const value = double[0]!;
    return value >= 0 && value < Number.POSITIVE_INFINITY ? value : this.#none();
  }

  #whole(most: number): number {
    let value = 0;
    let scale = 1;
    for (let digits = 0; digits < DIGITS; digits += 1) {
      const digit = this.#bytes[this.#at]! - LAST;
      // Also what is not there.
      if (!(digit >= 0 && digit < 2 * RADIX)) return this.#none();
      this.#at += 1;
      value += (digit & (RADIX - 1)) * scale;
      if (digit < RADIX) return value <= most ? value : this.#none();
      scale *= RADIX;
    }
    return this.#none();
  }

  #none(): number {
    this.#bad = true;
    return Number.NaN;
  }
}
