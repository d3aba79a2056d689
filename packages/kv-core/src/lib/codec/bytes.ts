import { KvError } from '../errors/kv-error.js';
import type { Codec } from './codec.js';

/** Bytes as they are, copied both ways: what the caller does to its arrays never reaches the store. */
export function bytes(): Codec<Uint8Array> {
  return codec;
}

const codec: Codec<Uint8Array> = {
  name: 'bytes',
  encode(value) {
    if (!(value instanceof Uint8Array)) {
      throw new KvError('INVALID_VALUE', 'bytes takes a Uint8Array');
    }
    return new Uint8Array(value);
  },
  decode: (stored) => new Uint8Array(stored),
};
