/** A new array of so many bytes, all zero. */
export type Allocate = (bytes: number) => Uint8Array;

const SLAB_BYTES = 8 * 1024;
const LONGEST_IN_SLAB = 1024;

let slab = new Uint8Array(SLAB_BYTES);
let used = 0;

/** One that lies beside others in a larger one: for bytes that are copied soon, at a quarter of the cost. */
export function allocateInSlab(bytes: number): Uint8Array {
  if (bytes > LONGEST_IN_SLAB) return new Uint8Array(bytes);
  if (used + bytes > SLAB_BYTES) {
    slab = new Uint8Array(SLAB_BYTES);
    used = 0;
  }
  const start = used;
  used += bytes;
  return slab.subarray(start, used);
}

/** One by itself: a database that keeps the array, or clones its buffer, keeps no more than that. */
export function allocateAlone(bytes: number): Uint8Array {
  return new Uint8Array(bytes);
}
