import { KvError } from '../errors/kv-error.js';
import { crc32 } from './crc32.js';
import { type Deflate, platformDeflate } from './deflate.js';
import type { Hook } from './hook.js';

/** Options of {@link compression}. */
export interface CompressionOptions {
  /** Default `gzip`. `zstd` where the platform's `CompressionStream` has it, or with the option `zstd`. */
  readonly format?: 'gzip' | 'deflate-raw' | 'zstd' | undefined;
  /**
   * An implementation of zstd, such as that of `node:zlib` from Node 22.15 on. With it values stored with
   * zstd are read whatever `format` is.
   */
  readonly zstd?: Deflate | undefined;
  /** Smaller values are stored as they are. Default 1,024 bytes. */
  readonly thresholdBytes?: number | undefined;
  /**
   * A value that would inflate beyond this is refused while inflating, and a longer one is not stored:
   * `VALUE_TOO_LARGE`. Default 64 MiB.
   */
  readonly maxInflatedBytes?: number | undefined;
}

/** Checksum of all that follows (4 bytes), format (1), length when inflated (4). */
const HEADER_BYTES = 9;
const STORED = 0x10;
const FORMATS = { gzip: 0x11, 'deflate-raw': 0x12, zstd: 0x13 } as const;
type Format = keyof typeof FORMATS;

/**
 * Compresses stored values by the platform's `CompressionStream`, or zstd by what is given. Every value gets a header of 9 bytes,
 * compressed or not, so that nothing can be taken for what it is not; it holds a checksum, and damaged,
 * truncated or extended bytes reject with `CORRUPT_VALUE`.
 *
 * Compressing secrets together with text of an attacker's choice tells their length, encrypted or not.
 *
 * @throws KvError `NOT_SUPPORTED` if there is nothing that does this format.
 */
export function compression(options: CompressionOptions = {}): Hook {
  const { format = 'gzip', thresholdBytes = 1_024, maxInflatedBytes = 64 * 1024 * 1024 } = options;
  const { zstd } = options;
  if (!(thresholdBytes >= 0) || !(maxInflatedBytes >= 1) || maxInflatedBytes >= 2 ** 32) {
    const text = 'compression takes thresholdBytes from 0 and maxInflatedBytes from 1, below 2^32';
    throw new KvError('INVALID_ARGUMENT', text);
  }
  const deflateOf = (name: Format): Deflate | undefined =>
    (name === 'zstd' ? zstd : undefined) ?? platformDeflate(name);
  if (!Object.hasOwn(FORMATS, format)) {
    throw new KvError('INVALID_ARGUMENT', 'compression takes gzip, deflate-raw or zstd');
  }
  const deflate = deflateOf(format);
  if (!deflate) {
    throw new KvError('NOT_SUPPORTED', `this platform's CompressionStream has no ${format}`);
  }
  return {
    name: 'compression',
    value: {
      compresses: true,
      async encode(value, key) {
        if (value.byteLength > maxInflatedBytes) {
          const text = `${value.byteLength} bytes are over maxInflatedBytes: they could not be read back`;
          throw new KvError('VALUE_TOO_LARGE', text, { key });
        }
        if (value.byteLength < thresholdBytes) return framed(STORED, value.byteLength, value);
        const body = await deflate.compress(value);
        return body.byteLength < value.byteLength
          ? framed(FORMATS[format], value.byteLength, body)
          : framed(STORED, value.byteLength, value);
      },
      async decode(stored, key) {
        const { kind, length, body } = parse(stored, key);
        if (kind === STORED) return body;
        if (length > maxInflatedBytes) throw corrupt('inflates beyond the limit', key);
        const name = formatOf(kind);
        const inflate = name === format ? deflate : deflateOf(name);
        if (!inflate) {
          throw new KvError(
            'NOT_SUPPORTED',
            `stored with ${name}, which this platform's CompressionStream has not`,
            {
              key,
            },
          );
        }
        let value: Uint8Array;
        try {
          value = await inflate.decompress(body, length);
        } catch (cause) {
          throw corrupt('does not inflate', key, cause);
        }
        if (value.byteLength !== length) throw corrupt('inflates to another length', key);
        return value;
      },
    },
  };
}

const KINDS = new Map<number, Format>(
  Object.entries(FORMATS).map(([name, kind]) => [kind, name as Format]),
);

function formatOf(kind: number): Format {
  return KINDS.get(kind) as Format;
}

function framed(kind: number, length: number, body: Uint8Array): Uint8Array {
  const stored = new Uint8Array(HEADER_BYTES + body.byteLength);
  const view = new DataView(stored.buffer);
  view.setUint8(4, kind);
  view.setUint32(5, length);
  stored.set(body, HEADER_BYTES);
  view.setUint32(0, crc32(stored.subarray(4)));
  return stored;
}

function parse(
  stored: Uint8Array,
  key: string,
): { kind: number; length: number; body: Uint8Array } {
  const view = new DataView(stored.buffer, stored.byteOffset, stored.byteLength);
  if (stored.byteLength < HEADER_BYTES) throw corrupt('is not of the compression hook', key);
  const kind = view.getUint8(4);
  const known = kind === STORED || KINDS.has(kind);
  if (!known) throw corrupt('is not of the compression hook', key);
  if (view.getUint32(0) !== crc32(stored.subarray(4))) throw corrupt('is damaged', key);
  const length = view.getUint32(5);
  const body = stored.subarray(HEADER_BYTES);
  if (kind === STORED && length !== body.byteLength) throw corrupt('is damaged', key);
  return { kind, length, body };
}

function corrupt(what: string, key: string, cause?: unknown): KvError {
  const details = { key, ...(cause === undefined ? {} : { cause }) };
  return new KvError('CORRUPT_VALUE', `the stored value ${what}`, details);
}
