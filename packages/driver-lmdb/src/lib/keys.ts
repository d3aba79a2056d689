import { KvError } from '@grovekv/kv-core/driver';

/** LMDB's own limit with pages of 4 KiB, as lmdb counts it. */
export const MAX_KEY_BYTES = 1_978;
/** Up to here no string can be over the limit: a UTF-16 unit is at most three bytes of UTF-8. */
const SURELY_FITS = Math.floor(MAX_KEY_BYTES / 3);
/** Beyond this a call into native code is cheaper than a loop. */
const SHORT = 48;

function writeKey(key: string, target: Buffer, start: number): number {
  const { length } = key;
  if (length > SHORT) return start + target.write(key, start, 'utf8');
  for (let index = 0; index < length; index += 1) {
    const code = key.charCodeAt(index);
    if (code >= 0x80) return start + target.write(key, start, 'utf8');
    target[start + index] = code;
  }
  return start + length;
}

/** Keys as plain UTF-8: the order of the database is the order of their bytes. */
export const keyEncoder = {
  writeKey,
  readKey: (source: Buffer, start: number, end: number): string =>
    source.toString('utf8', start, end),
};

/** Why a key cannot be stored, or `undefined`. The store checks before; this guards direct callers. */
export function keyError(key: string): KvError | undefined {
  if (typeof key !== 'string' || key.length === 0 || !key.isWellFormed()) {
    return new KvError('INVALID_KEY', 'a key is a non-empty string without lone surrogates');
  }
  if (key.length > SURELY_FITS && Buffer.byteLength(key) > MAX_KEY_BYTES) {
    return new KvError('KEY_TOO_LARGE', `the key is over ${MAX_KEY_BYTES} bytes`);
  }
  return undefined;
}
