import type { Codec } from '../codec/codec.js';
import { withKey } from '../errors/errors.js';
import { isKvError, KvError, type KvErrorCode } from '../errors/kv-error.js';

/** A codec whose every failure is a `KvError` that names the key. */
export class ValueCoder<V> {
  readonly #codec: Codec<V>;

  constructor(codec: Codec<V>) {
    this.#codec = codec;
  }

  encode(value: V, key: string): Uint8Array {
    if (value === undefined) {
      throw new KvError('INVALID_VALUE', 'undefined means missing; delete the key instead', {
        key,
      });
    }
    try {
      return this.#codec.encode(value);
    } catch (error) {
      throw failure(error, 'INVALID_VALUE', this.#codec.name, key);
    }
  }

  decode(bytes: Uint8Array, key: string): V {
    let value: V;
    try {
      value = this.#codec.decode(bytes);
    } catch (error) {
      throw failure(error, 'CORRUPT_VALUE', this.#codec.name, key);
    }
    if (value === undefined) {
      throw new KvError('CORRUPT_VALUE', 'the stored value decodes to undefined', { key });
    }
    return value;
  }
}

function failure(error: unknown, code: KvErrorCode, name: string, key: string): KvError {
  if (isKvError(error)) return withKey(error, key);
  return new KvError(code, `the codec ${name} failed`, { key, cause: error });
}
