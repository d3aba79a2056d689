import { type Entry, KvError, type Version } from '@grovekv/kv-core/driver';
import type { Allocate } from './allocate.js';
import { formatVersion, type VersionSource } from './versions.js';

/*
 * A stored record: 1 byte format, 8 bytes expiresAt (milliseconds since 1970, 0 for never), 8 bytes
 * epoch and 4 bytes counter (together the version), then the value. Numbers are big-endian integers.
 */
const FORMAT = 0x67;
const HEADER_BYTES = 21;
const EXPIRES_AT = 1;
const EPOCH = 9;
const COUNTER = 17;

/** A record as it is stored, read on demand. */
export class StoredRecord {
  readonly bytes: Uint8Array;
  /** 0 if it never expires. */
  readonly expiresAt: number;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.expiresAt = readUint64(bytes, EXPIRES_AT);
  }

  get version(): Version {
    return formatVersion(readUint64(this.bytes, EPOCH), readUint32(this.bytes, COUNTER));
  }

  isLive(now: number): boolean {
    return this.expiresAt === 0 || now < this.expiresAt;
  }

  entry(now: number): Entry {
    return new LevelEntry(this, now);
  }

  /** The same value and version with another time of expiry. */
  expiringAt(expiresAt: number): Uint8Array {
    const copy = this.bytes.slice();
    writeUint64(copy, EXPIRES_AT, expiresAt);
    return copy;
  }
}

/** An entry whose version becomes text only when asked for. */
class LevelEntry implements Entry {
  readonly value: Uint8Array;
  readonly ttlMs: number | undefined;
  readonly #record: StoredRecord;

  constructor(record: StoredRecord, now: number) {
    const { bytes, expiresAt } = record;
    const length = bytes.byteLength - HEADER_BYTES;
    this.value = new Uint8Array(bytes.buffer, bytes.byteOffset + HEADER_BYTES, length);
    this.ttlMs = expiresAt === 0 ? undefined : expiresAt - now;
    this.#record = record;
  }

  get version(): Version {
    return this.#record.version;
  }
}

/** Whether bytes can be a record of this driver. */
export function isRecord(bytes: Uint8Array): boolean {
  return bytes.byteLength >= HEADER_BYTES && bytes[0] === FORMAT;
}

/** @throws KvError `CORRUPT_VALUE` if the bytes are not a record of this driver. */
export function parseRecord(bytes: Uint8Array, key: string): StoredRecord {
  if (isRecord(bytes)) return new StoredRecord(bytes);
  throw new KvError('CORRUPT_VALUE', 'the stored bytes were not written by this driver', { key });
}

/** A record with a new version. */
export function newRecord(
  value: Uint8Array,
  expiresAt: number,
  { epoch, counter }: VersionSource,
  allocate: Allocate,
): Uint8Array {
  const bytes = allocate(HEADER_BYTES + value.byteLength);
  bytes[0] = FORMAT;
  if (expiresAt !== 0) writeUint64(bytes, EXPIRES_AT, expiresAt);
  writeUint64(bytes, EPOCH, epoch);
  writeUint32(bytes, COUNTER, counter);
  bytes.set(value, HEADER_BYTES);
  return bytes;
}

/** When a key that gets `ttl` milliseconds at `now` expires: never early, whatever the clock's grain. */
export function expiryOf(now: number, ttl: number): number {
  return Math.max(1, Math.min(Math.ceil(now + ttl), Number.MAX_SAFE_INTEGER));
}

function readUint32(bytes: Uint8Array, at: number): number {
  const high = (bytes[at]! << 24) | (bytes[at + 1]! << 16);
  return (high | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0;
}

function readUint64(bytes: Uint8Array, at: number): number {
  return readUint32(bytes, at) * 2 ** 32 + readUint32(bytes, at + 4);
}

function writeUint32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24;
  bytes[at + 1] = value >>> 16;
  bytes[at + 2] = value >>> 8;
  bytes[at + 3] = value;
}

function writeUint64(bytes: Uint8Array, at: number, value: number): void {
  writeUint32(bytes, at, Math.floor(value / 2 ** 32));
  writeUint32(bytes, at + 4, value % 2 ** 32);
}
