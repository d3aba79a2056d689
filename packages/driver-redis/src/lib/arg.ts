import { isAscii } from 'node:buffer';

/** An argument that ioredis cannot take apart: never an array or object. */
export type Arg = string | Buffer;

/** Up to this size ioredis is faster with text. */
const SHORT = 2 * 1024;

const ascii = new TextDecoder();

/** A value as an argument that shares its memory, or is short text of the same bytes. */
export function asArg(value: Uint8Array): Arg {
  if (value.length <= SHORT && isAscii(value)) return ascii.decode(value);
  // ioredis takes typed arrays other than Buffers for text.
  return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
}

/** The same of a copy, for a command that may be sent, or sent again, after the caller goes on. */
export function asOwnArg(value: Uint8Array): Arg {
  const arg = asArg(value);
  return typeof arg === 'string' ? arg : Buffer.from(arg);
}
