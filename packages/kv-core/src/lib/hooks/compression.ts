import { KvError } from '../errors/kv-error.js';
import { crc32 } from './crc32.js';
import type { Hook } from './hook.js';

/** Options of {@link compression}. */
export interface CompressionOptions {
  /** Default `gzip`. */
  readonly format?: 'gzip' | 'deflate-raw' | undefined;
  /** Smaller values are stored as they are. Default 1,024 bytes. */
  readonly thresholdBytes?: number | undefined;
  /** A value that would inflate beyond this is refused while inflating. Default 64 MiB. */
  readonly maxInflatedBytes?: number | undefined;
}

/** Format, checksum of all that follows, length when inflated. */
const HEADER_BYTES = 9;
const STORED = 0x10;
const FORMATS = { gzip: 0x11, 'deflate-raw': 0x12 } as const;

/**
 * Compresses stored values by the platform's `CompressionStream`. Every value gets a header of 9 bytes,
 * compressed or not, so that nothing can be taken for what it is not; it holds a checksum, and damaged,
 * truncated or extended bytes reject with `CORRUPT_VALUE`.
 *
 * Compressing secrets together with text of an attacker's choice tells their length, encrypted or not.
 */
export function compression(options: CompressionOptions = {}): Hook {
  const { format = 'gzip', thresholdBytes = 1_024, maxInflatedBytes = 64 * 1024 * 1024 } = options;
  if (!(format in FORMATS)) {
    throw new KvError('INVALID_ARGUMENT', 'compression takes gzip or deflate-raw');
  }
  return {
    name: 'compression',
    value: {
      compresses: true,
      async encode(value) {
        if (value.byteLength < thresholdBytes) return framed(STORED, value.byteLength, value);
        const body = await through(value, new CompressionStream(format), Number.POSITIVE_INFINITY);
        return body.byteLength < value.byteLength
          ? framed(FORMATS[format], value.byteLength, body)
          : framed(STORED, value.byteLength, value);
      },
      async decode(stored, key) {
        const { kind, length, body } = parse(stored, key);
        if (kind === STORED) return body;
        if (length > maxInflatedBytes) throw corrupt('inflates beyond the limit', key);
        const name = kind === FORMATS.gzip ? 'gzip' : 'deflate-raw';
        let value: Uint8Array;
        try {
          value = await through(body, new DecompressionStream(name), length);
        } catch (cause) {
          throw corrupt('does not inflate', key, cause);
        }
        if (value.byteLength !== length) throw corrupt('inflates to another length', key);
        return value;
      },
    },
  };
}

function framed(kind: number, length: number, body: Uint8Array): Uint8Array {
  const stored = new Uint8Array(HEADER_BYTES + body.byteLength);
  const view = new DataView(stored.buffer);
  view.setUint8(0, kind);
  view.setUint32(5, length);
  stored.set(body, HEADER_BYTES);
  view.setUint32(1, crc32(stored.subarray(5)));
  return stored;
}

function parse(
  stored: Uint8Array,
  key: string,
): { kind: number; length: number; body: Uint8Array } {
  const view = new DataView(stored.buffer, stored.byteOffset, stored.byteLength);
  if (stored.byteLength < HEADER_BYTES) throw corrupt('is not of the compression hook', key);
  const kind = view.getUint8(0);
  const known = kind === STORED || kind === FORMATS.gzip || kind === FORMATS['deflate-raw'];
  if (!known) throw corrupt('is not of the compression hook', key);
  if (view.getUint32(1) !== crc32(stored.subarray(5))) throw corrupt('is damaged', key);
  const length = view.getUint32(5);
  const body = stored.subarray(HEADER_BYTES);
  if (kind === STORED && length !== body.byteLength) throw corrupt('is damaged', key);
  return { kind, length, body };
}

/** Runs bytes through a stream; stops with an error when more than `most` bytes come out. */
async function through(
  bytes: Uint8Array,
  stream: CompressionStream | DecompressionStream,
  most: number,
): Promise<Uint8Array> {
  const writer = stream.writable.getWriter();
  const writing = writer.write(bytes as Uint8Array<ArrayBuffer>).then(() => writer.close());
  // A failure shows on the reading side; this one must not go unhandled.
  writing.catch(() => undefined);
  const reader = stream.readable.getReader();
  const parts: Uint8Array[] = [];
  let total = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    total += value.byteLength;
    if (total > most) {
      await reader.cancel();
      throw new Error(`more than ${most} bytes`);
    }
    parts.push(value);
  }
  const whole = new Uint8Array(total);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.byteLength;
  }
  return whole;
}

function corrupt(what: string, key: string, cause?: unknown): KvError {
  const details = { key, ...(cause === undefined ? {} : { cause }) };
  return new KvError('CORRUPT_VALUE', `the stored value ${what}`, details);
}
