import { KvError } from '../errors/kv-error.js';
import { crc32 } from './crc32.js';
import type { Hook } from './hook.js';

/** Options of {@link compression}. */
export interface CompressionOptions {
  /** Default `gzip`. `zstd` only where the platform's `CompressionStream` has it. */
  readonly format?: 'gzip' | 'deflate-raw' | 'zstd' | undefined;
  /** Smaller values are stored as they are. Default 1,024 bytes. */
  readonly thresholdBytes?: number | undefined;
  /** A value that would inflate beyond this is refused while inflating. Default 64 MiB. */
  readonly maxInflatedBytes?: number | undefined;
}

/** Checksum of all that follows (4 bytes), format (1), length when inflated (4). */
const HEADER_BYTES = 9;
const STORED = 0x10;
const FORMATS = { gzip: 0x11, 'deflate-raw': 0x12, zstd: 0x13 } as const;
type Format = keyof typeof FORMATS;

/**
 * Compresses stored values by the platform's `CompressionStream`. Every value gets a header of 9 bytes,
 * compressed or not, so that nothing can be taken for what it is not; it holds a checksum, and damaged,
 * truncated or extended bytes reject with `CORRUPT_VALUE`.
 *
 * Compressing secrets together with text of an attacker's choice tells their length, encrypted or not.
 */
export function compression(options: CompressionOptions = {}): Hook {
  const { format = 'gzip', thresholdBytes = 1_024, maxInflatedBytes = 64 * 1024 * 1024 } = options;
  if (!Object.hasOwn(FORMATS, format)) {
    throw new KvError('INVALID_ARGUMENT', 'compression takes gzip, deflate-raw or zstd');
  }
  if (!isAvailable(format)) {
    throw new KvError('NOT_SUPPORTED', `this platform's CompressionStream has no ${format}`);
  }
  return {
    name: 'compression',
    value: {
      compresses: true,
      async encode(value) {
        if (value.byteLength < thresholdBytes) return framed(STORED, value.byteLength, value);
        const body = await through(value, deflater(format), Number.POSITIVE_INFINITY);
        return body.byteLength < value.byteLength
          ? framed(FORMATS[format], value.byteLength, body)
          : framed(STORED, value.byteLength, value);
      },
      async decode(stored, key) {
        const { kind, length, body } = parse(stored, key);
        if (kind === STORED) return body;
        if (length > maxInflatedBytes) throw corrupt('inflates beyond the limit', key);
        const name = formatOf(kind);
        if (!isAvailable(name)) {
          const text = `stored with ${name}, which this platform's CompressionStream has not`;
          throw new KvError('NOT_SUPPORTED', text, { key });
        }
        let value: Uint8Array;
        try {
          value = await through(body, inflater(name), length);
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

// The types of the platform may not know zstd yet.
function deflater(format: Format): CompressionStream {
  return new CompressionStream(format as CompressionFormat);
}

function inflater(format: Format): DecompressionStream {
  return new DecompressionStream(format as CompressionFormat);
}

function isAvailable(format: Format): boolean {
  try {
    return deflater(format) !== undefined && inflater(format) !== undefined;
  } catch {
    return false;
  }
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
