/**
 * Turns values into bytes and back. `decode(encode(value))` equals `value`, or `encode` throws a
 * `KvError` with code `INVALID_VALUE`; `decode` of bytes that are not its own throws `CORRUPT_VALUE`.
 */
export interface Codec<T = unknown> {
  readonly name: string;
  encode(value: T): Uint8Array;
  decode(bytes: Uint8Array): T;
}
