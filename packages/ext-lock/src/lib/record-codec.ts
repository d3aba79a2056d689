import { KvError } from '@grovekv/kv-core';
import type { LockId } from './lock-id.js';
import type { Holder, LockRecord, QueuedWaiter } from './lock-record.js';

// All numbers big-endian. A record of one holder with a short label has at most 64 bytes: the engine
// keeps such arrays on its heap, which halves what a lock costs. That is why there is no DataView here.
//
// "L", 1 | u16 holders, u16 waiters | u32 serial | u64 fence | u48 ttl | id released
const HEADER = 32;
// id | u48 left | u64 fence | u8 length of the owner, the owner
const HOLDER = 23;
// id | u48 left
const WAITER = 14;
const LETTER = 0x4c;
const FORMAT = 1;

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
  putWord(bytes, 6, record.serial);
  putFence(bytes, 10, record.fence);
  putSpan(bytes, 18, record.ttlMs);
  putId(bytes, 24, record.released);
  let at = HEADER;
  for (const { id, leftMs, fence, owner } of holders) {
    putId(bytes, at, id);
    putSpan(bytes, at + 8, leftMs);
    putFence(bytes, at + 14, fence);
    bytes[at + 22] = owner.length;
    bytes.set(owner, at + HOLDER);
    at += HOLDER + owner.length;
  }
  for (const { id, leftMs } of waiters) {
    putId(bytes, at, id);
    putSpan(bytes, at + 8, leftMs);
    at += WAITER;
  }
  return bytes;
}

/** Throws `CORRUPT_VALUE` for bytes that are not a record. */
export function decodeRecord(bytes: Uint8Array, key?: string): LockRecord {
  const size = bytes.length;
  if (size < HEADER || bytes[0] !== LETTER || bytes[1] !== FORMAT) throw corrupt(key);
  const holderCount = short(bytes, 2);
  const waiterCount = short(bytes, 4);
  let at = HEADER;
  let holders: readonly Holder[] = NONE;
  if (holderCount > 0) {
    const list: Holder[] = [];
    for (let index = 0; index < holderCount; index += 1) {
      const end = at + HOLDER + (bytes[at + 22] ?? 0);
      if (end > size) throw corrupt(key);
      list.push({
        id: idAt(bytes, at),
        leftMs: spanAt(bytes, at + 8),
        fence: fenceAt(bytes, at + 14, key),
        owner: bytes.slice(at + HOLDER, end),
      });
      at = end;
    }
    holders = list;
  }
  if (size !== at + waiterCount * WAITER) throw corrupt(key);
  let waiters: readonly QueuedWaiter[] = NONE;
  if (waiterCount > 0) {
    const list: QueuedWaiter[] = [];
    for (; at < size; at += WAITER) {
      list.push({ id: idAt(bytes, at), leftMs: spanAt(bytes, at + 8) });
    }
    waiters = list;
  }
  return {
    serial: word(bytes, 6),
    fence: fenceAt(bytes, 10, key),
    ttlMs: spanAt(bytes, 18),
    released: idAt(bytes, 24),
    holders,
    waiters,
  };
}

function putShort(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 8;
  bytes[at + 1] = value;
}

function putWord(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24;
  bytes[at + 1] = value >>> 16;
  bytes[at + 2] = value >>> 8;
  bytes[at + 3] = value;
}

function putSpan(bytes: Uint8Array, at: number, ms: number): void {
  putShort(bytes, at, ms / 2 ** 32);
  putWord(bytes, at + 2, ms);
}

function putFence(bytes: Uint8Array, at: number, fence: number): void {
  putWord(bytes, at, fence / 2 ** 32);
  putWord(bytes, at + 4, fence);
}

function putId(bytes: Uint8Array, at: number, { process, serial }: LockId): void {
  putWord(bytes, at, process);
  putWord(bytes, at + 4, serial);
}

function short(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 8) | bytes[at + 1]!;
}

function word(bytes: Uint8Array, at: number): number {
  return (
    ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0
  );
}

function spanAt(bytes: Uint8Array, at: number): number {
  return short(bytes, at) * 2 ** 32 + word(bytes, at + 2);
}

function fenceAt(bytes: Uint8Array, at: number, key: string | undefined): number {
  const fence = word(bytes, at) * 2 ** 32 + word(bytes, at + 4);
  if (fence > Number.MAX_SAFE_INTEGER) throw corrupt(key);
  return fence;
}

function idAt(bytes: Uint8Array, at: number): LockId {
  return { process: word(bytes, at), serial: word(bytes, at + 4) };
}

function corrupt(key: string | undefined): KvError {
  return new KvError('CORRUPT_VALUE', 'the stored bytes are not a lock record', { key });
}
