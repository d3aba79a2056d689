import { type Entry, KvError, type Version } from '@grovekv/kv-core/driver';
import { formatVersion } from './versions.js';

/*
 * A stored record: 1 byte format, 8 bytes expiresAt (milliseconds since 1970, 0 for never), 8 bytes
 * epoch and 4 bytes counter (together the version), then the value. Numbers are big-endian, so that the
 * row of the expiry index, which is the 20 bytes after the format, sorts by time.
 */
const FORMAT = 0x67;
export const HEADER_BYTES = 21;
export const ROW_BYTES = HEADER_BYTES - 1;
const EXPIRES_AT = 1;
const EPOCH = 9;
const COUNTER = 17;

class LmdbEntry implements Entry {
  readonly value: Uint8Array;
  readonly ttlMs: number | undefined;
  private readonly epoch: number;
  private readonly counter: number;

  constructor(value: Uint8Array, ttlMs: number | undefined, epoch: number, counter: number) {
    this.value = value;
    this.ttlMs = ttlMs;
    this.epoch = epoch;
    this.counter = counter;
  }

  get version(): Version {
    return formatVersion(this.epoch, this.counter);
  }
}

/** What of lmdb's database the reader needs. */
interface ByteSource {
  getBinaryFast(key: string, options?: object): Uint8Array | undefined;
  /** Size of what was read last: the bytes handed out are a buffer that lmdb uses again. */
  readonly lastSize: number;
}

/** Looks at one record at a time, in place; only `entry` and `copy` copy its bytes. */
export class RecordReader {
  readonly #source: ByteSource;
  readonly #options: object | undefined;
  #seen: Uint8Array | undefined;
  #bytes: Uint8Array = new Uint8Array();
  #view: DataView = new DataView(new ArrayBuffer(0));
  #size = 0;
  /** 0 if the record never expires or there is none. */
  expiresAt = 0;

  constructor(source: ByteSource, options?: object) {
    this.#source = source;
    this.#options = options;
  }

  /** Finds the record of a key, expired or not; `false` if there is none, `foreign` if it is not ours. */
  load(key: string): boolean | 'foreign' {
    const bytes = this.#source.getBinaryFast(key, this.#options);
    this.expiresAt = 0;
    if (bytes === undefined) return false;
    if (bytes !== this.#seen) {
      this.#seen = bytes;
      this.#bytes = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    }
    this.#size = this.#source.lastSize;
    if (this.#size < HEADER_BYTES || this.#bytes[0] !== FORMAT) return 'foreign';
    const expiresAt = this.#view.getFloat64(EXPIRES_AT);
    if (!(expiresAt >= 0)) return 'foreign';
    this.expiresAt = expiresAt;
    return true;
  }

  /** Whether the record that was loaded has not expired. */
  isLive(now: number): boolean {
    return this.expiresAt === 0 || now < this.expiresAt;
  }

  version(): Version {
    return formatVersion(this.#view.getFloat64(EPOCH), this.#view.getUint32(COUNTER));
  }

  entry(now: number): Entry {
    const { expiresAt } = this;
    return new LmdbEntry(
      copyOf(this.#bytes, HEADER_BYTES, this.#size),
      expiresAt === 0 ? undefined : expiresAt - now,
      this.#view.getFloat64(EPOCH),
      this.#view.getUint32(COUNTER),
    );
  }

  /** The whole record, header included. */
  copy(): Buffer {
    return Buffer.from(this.#bytes.subarray(0, this.#size));
  }

  /** The record's row in the expiry index. */
  row(): Uint8Array {
    return this.#bytes.slice(1, HEADER_BYTES);
  }
}

/** A copy in Node's pool of small buffers, which costs a third of one in memory of its own. */
function copyOf(bytes: Uint8Array, from: number, to: number): Uint8Array {
  return Buffer.from(bytes.subarray(from, to));
}

/** Writes a record that never expires at `offset` of `target`. */
export function writeRecord(
  target: Buffer,
  offset: number,
  value: Uint8Array,
  epoch: number,
  counter: number,
): void {
  target[offset] = FORMAT;
  target.writeDoubleBE(0, offset + EXPIRES_AT);
  target.writeDoubleBE(epoch, offset + EPOCH);
  target.writeUInt32BE(counter, offset + COUNTER);
  target.set(value, offset + HEADER_BYTES);
}

export function setExpiresAt(record: Buffer, expiresAt: number): void {
  record.writeDoubleBE(expiresAt, EXPIRES_AT);
}

/** The row of the expiry index for a record's bytes. */
export function rowOf(record: Uint8Array): Uint8Array {
  return record.slice(1, HEADER_BYTES);
}

/** All rows that sort before this one have expired at `now`. */
export function rowAfter(now: number): Uint8Array {
  const row = new Uint8Array(ROW_BYTES).fill(0xff);
  new DataView(row.buffer).setFloat64(0, now);
  return row;
}

/** When a key that gets `ttl` milliseconds at `now` expires: never early, whatever the clock's grain. */
export function expiryOf(now: number, ttl: number): number {
  return Math.ceil(now + ttl);
}

export function foreignError(key: string): KvError {
  return new KvError('CORRUPT_VALUE', 'the stored bytes were not written by this driver', { key });
}
