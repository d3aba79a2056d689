import { KvError } from '../errors/kv-error.js';

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Short texts are encoded side by side into slabs: a buffer of its own costs five times the encoding. A
 * value that is kept holds its slab, so slabs are small.
 */
const SLAB_BYTES = 4_096;
const LONGEST_IN_SLAB = 3_072;
let slab = new Uint8Array(SLAB_BYTES);
let used = 0;

/** UTF-8 bytes of a well-formed string. Never written to again. */
export function encodeText(text: string): Uint8Array {
  const most = text.length * 3;
  if (most > LONGEST_IN_SLAB) return encoder.encode(text);
  if (used + most > SLAB_BYTES) {
    slab = new Uint8Array(SLAB_BYTES);
    used = 0;
  }
  const start = used;
  used += encoder.encodeInto(text, start === 0 ? slab : slab.subarray(start)).written;
  return slab.subarray(start, used);
}

/** The string of UTF-8 bytes; `CORRUPT_VALUE` if they are none. */
export function decodeText(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch (cause) {
    throw new KvError('CORRUPT_VALUE', 'the stored bytes are not UTF-8 text', { cause });
  }
}
