import { KvError } from '../errors/kv-error.js';
import type { Codec } from './codec.js';
import { decodeText, encodeText } from './text-bytes.js';

/** Strings as UTF-8. Refuses lone surrogates, which UTF-8 cannot hold. */
export function text(): Codec<string> {
  return codec;
}

const codec: Codec<string> = {
  name: 'text',
  encode(value) {
    if (typeof value !== 'string' || !value.isWellFormed()) {
      throw new KvError('INVALID_VALUE', 'text takes strings without lone surrogates');
    }
    return encodeText(value);
  },
  decode: decodeText,
};
