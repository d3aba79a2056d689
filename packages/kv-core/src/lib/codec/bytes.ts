import { KvError } from '../errors/kv-error.js';
import type { Codec } from './codec.js';

/** Bytes as they are. What is stored is the view's bytes as they were at the call. */
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
  decode: (stored) => stored,
};
