import type { Codec } from '../codec/codec.js';

/** Bytes as they are: a sorted set changes neither what it hands over nor what it is handed. */
export const uncopied: Codec<Uint8Array> = {
  name: 'uncopied',
  encode: (value) => value,
  decode: (stored) => stored,
};
