import { KvError } from '../errors/kv-error.js';

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** UTF-8 bytes of a well-formed string. */
export function encodeText(text: string): Uint8Array {
  return encoder.encode(text);
}

/** The string of UTF-8 bytes; `CORRUPT_VALUE` if they are none. */
export function decodeText(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch (cause) {
    throw new KvError('CORRUPT_VALUE', 'the stored bytes are not UTF-8 text', { cause });
  }
}
