import { KvError } from '@grovekv/kv-core';
import type { LockId } from './lock-id.js';
import type { Holder, LockRecord, QueuedWaiter } from './lock-record.js';

// Numbers are big-endian with 7 bits to a byte, so that a record is ASCII text, which clients of text
// protocols pass on several times faster than bytes. The usual record, one holder with no label, has at
// most 64 bytes: the engine keeps such arrays on its heap. That is also why there is no DataView here.
//
// "L", 2 | 14 bits holders, 14 bits waiters | u32 serial | u53 fence | u47 ttl | id released
const AT_SERIAL = 6;
const AT_FENCE = 11;
const AT_TTL = 19;
const AT_RELEASED = 26;
const HEADER = 36;
// id | u47 left | u53 fence | 14 bits length of the owner, the owner in UTF-8
const HOLDER = 27;
// id | u47 left
const WAITER = 17;
const LETTER = 0x4c;
const FORMAT = 2;

const NONE: readonly never[] = [];

export function encodeRecord(record: LockRecord): Uint8Array {
  const { holders, waiters } = record;
  let size = HEADER + waiters.length * WAITER;
  for (const { owner } of holders) size += HOLDER + owner.length;
  const bytes = new Uint8Array(size);
  bytes[0] = LETTER;
  bytes[1] = FORMAT;
  putShort(bytes, 2, holders.length);
  putShort(bytes, 4, waiters.length);
  putWord(bytes, AT_SERIAL, record.serial);
  putFence(bytes, AT_FENCE, record.fence);
  putSpan(bytes, AT_TTL, record.ttlMs);
  putId(bytes, AT_RELEASED, record.released);
  let at = HEADER;
  for (const { id, leftMs, fence, owner } of holders) {
    putId(bytes, at, id);
    putSpan(bytes, at + 10, leftMs);
    putFence(bytes, at + 17, fence);
    putShort(bytes, at + 25, owner.length);
    bytes.set(owner, at + HOLDER);
    at += HOLDER + owner.length;
  }
  for (const { id, leftMs } of waiters) {
    putId(bytes, at, id);
    putSpan(bytes, at + 10, leftMs);
    at += WAITER;
  }
  return bytes;
}

/** Throws `CORRUPT_VALUE` for bytes that are not a record. */
export function decodeRecord(bytes: Uint8Array, key?: string): LockRecord {
  const size = bytes.length;
  if (size < HEADER || bytes[0] !== LETTER || bytes[1] !== FORMAT) throw corrupt(key);
  checkDigits(bytes, 2, HEADER, key);
  const holderCount = short(bytes, 2);
  const waiterCount = short(bytes, 4);
  let at = HEADER;
  let holders: readonly Holder[] = NONE;
  if (holderCount > 0) {
    const list: Holder[] = [];
    for (let index = 0; index < holderCount; index += 1) {
      const owner = at + HOLDER;
      if (owner > size) throw corrupt(key);
      checkDigits(bytes, at, owner, key);
      const end = owner + short(bytes, at + 25);
      if (end > size) throw corrupt(key);
      list.push({
        id: idAt(bytes, at, key),
        leftMs: spanAt(bytes, at + 10),
        fence: fenceAt(bytes, at + 17, key),
        owner: bytes.slice(owner, end),
      });
      at = end;
    }
    holders = list;
  }
  if (size !== at + waiterCount * WAITER) throw corrupt(key);
  let waiters: readonly QueuedWaiter[] = NONE;
  if (waiterCount > 0) {
    checkDigits(bytes, at, size, key);
    const list: QueuedWaiter[] = [];
    for (; at < size; at += WAITER) {
      list.push({ id: idAt(bytes, at, key), leftMs: spanAt(bytes, at + 10) });
    }
    waiters = list;
  }
  return {
    serial: wordAt(bytes, AT_SERIAL, key),
    fence: fenceAt(bytes, AT_FENCE, key),
    ttlMs: spanAt(bytes, AT_TTL),
    released: idAt(bytes, AT_RELEASED, key),
    holders,
    waiters,
  };
}

/** 14 bits in 2 bytes. */
function putShort(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = (value >>> 7) & 0x7f;
  bytes[at + 1] = value & 0x7f;
}

/** 28 bits in 4 bytes. */
function putDigits(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = (value >>> 21) & 0x7f;
  bytes[at + 1] = (value >>> 14) & 0x7f;
  bytes[at + 2] = (value >>> 7) & 0x7f;
  bytes[at + 3] = value & 0x7f;
}

function putWord(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 28;
  putDigits(bytes, at + 1, value);
}

function putFence(bytes: Uint8Array, at: number, fence: number): void {
  putDigits(bytes, at, Math.floor(fence / 2 ** 28));
  putDigits(bytes, at + 4, fence);
}

function putSpan(bytes: Uint8Array, at: number, ms: number): void {
  const high = Math.floor(ms / 2 ** 28);
  bytes[at] = high >>> 14;
  putShort(bytes, at + 1, high);
  putDigits(bytes, at + 3, ms);
}

function putId(bytes: Uint8Array, at: number, { process, serial }: LockId): void {
  putWord(bytes, at, process);
  putWord(bytes, at + 5, serial);
}

function checkDigits(bytes: Uint8Array, from: number, to: number, key: string | undefined): void {
  for (let at = from; at < to; at += 1) if (bytes[at]! > 0x7f) throw corrupt(key);
}

function short(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 7) | bytes[at + 1]!;
}

function digits(bytes: Uint8Array, at: number): number {
  return (short(bytes, at) << 14) | short(bytes, at + 2);
}

function wordAt(bytes: Uint8Array, at: number, key: string | undefined): number {
  const value = bytes[at]! * 2 ** 28 + digits(bytes, at + 1);
  if (value >= 2 ** 32) throw corrupt(key);
  return value;
}

function fenceAt(bytes: Uint8Array, at: number, key: string | undefined): number {
  const fence = digits(bytes, at) * 2 ** 28 + digits(bytes, at + 4);
  if (fence > Number.MAX_SAFE_INTEGER) throw corrupt(key);
  return fence;
}

function spanAt(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! << 14) | short(bytes, at + 1)) * 2 ** 28 + digits(bytes, at + 3);
}

function idAt(bytes: Uint8Array, at: number, key: string | undefined): LockId {
  return { process: wordAt(bytes, at, key), serial: wordAt(bytes, at + 5, key) };
}

function corrupt(key: string | undefined): KvError {
  return new KvError('CORRUPT_VALUE', 'the stored bytes are not a lock record', { key });
}
