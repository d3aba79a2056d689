import { KvError } from '@grovekv/kv-core';
import type { Holder, LockRecord, QueuedWaiter } from './lock-record.js';

const NONE: readonly never[] = [];

// "GL", format 1, 0 | u16 holders, u16 waiters | f64 fence, serial, ttl, released process and serial
const MAGIC = 0x474c0100;
const HEADER = 48;
// f64 process, serial, left, fence | u8 length of the owner, the owner
const HOLDER = 33;
// f64 process, serial, left
const WAITER = 24;

export function encodeRecord(record: LockRecord): Uint8Array {
  const { holders, waiters } = record;
  let size = HEADER + waiters.length * WAITER;
  for (const { owner } of holders) size += HOLDER + owner.byteLength;
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, MAGIC);
  view.setUint16(4, holders.length);
  view.setUint16(6, waiters.length);
  view.setFloat64(8, record.fence);
  view.setFloat64(16, record.serial);
  view.setFloat64(24, record.ttlMs);
  view.setFloat64(32, record.released.process);
  view.setFloat64(40, record.released.serial);
  let at = HEADER;
  for (const { id, leftMs, fence, owner } of holders) {
    view.setFloat64(at, id.process);
    view.setFloat64(at + 8, id.serial);
    view.setFloat64(at + 16, leftMs);
    view.setFloat64(at + 24, fence);
    view.setUint8(at + 32, owner.byteLength);
    bytes.set(owner, at + HOLDER);
    at += HOLDER + owner.byteLength;
  }
  for (const { id, leftMs } of waiters) {
    view.setFloat64(at, id.process);
    view.setFloat64(at + 8, id.serial);
    view.setFloat64(at + 16, leftMs);
    at += WAITER;
  }
  return bytes;
}

/** Throws `CORRUPT_VALUE` for bytes that are not a record. */
export function decodeRecord(bytes: Uint8Array): LockRecord {
  const size = bytes.byteLength;
  const view = new DataView(bytes.buffer, bytes.byteOffset, size);
  if (size < HEADER || view.getUint32(0) !== MAGIC) throw corrupt();
  const holderCount = view.getUint16(4);
  const waiterCount = view.getUint16(6);
  let at = HEADER;
  let holders: Holder[] | readonly never[] = NONE;
  if (holderCount > 0) {
    const list: Holder[] = [];
    for (let index = 0; index < holderCount; index += 1) {
      const end = at + HOLDER + (at + HOLDER <= size ? view.getUint8(at + 32) : 0);
      if (end > size) throw corrupt();
      list.push({
        id: { process: natural(view, at), serial: natural(view, at + 8) },
        leftMs: natural(view, at + 16),
        fence: natural(view, at + 24),
        owner: bytes.subarray(at + HOLDER, end),
      });
      at = end;
    }
    holders = list;
  }
  if (size !== at + waiterCount * WAITER) throw corrupt();
  let waiters: QueuedWaiter[] | readonly never[] = NONE;
  if (waiterCount > 0) {
    const list: QueuedWaiter[] = [];
    for (; at < size; at += WAITER) {
      list.push({
        id: { process: natural(view, at), serial: natural(view, at + 8) },
        leftMs: natural(view, at + 16),
      });
    }
    waiters = list;
  }
  return {
    fence: natural(view, 8),
    serial: natural(view, 16),
    ttlMs: natural(view, 24),
    released: { process: natural(view, 32), serial: natural(view, 40) },
    holders,
    waiters,
  };
}

function natural(view: DataView, at: number): number {
  const number = view.getFloat64(at);
  if (Number.isSafeInteger(number) && number >= 0) return number;
  throw corrupt();
}

function corrupt(): KvError {
  return new KvError('CORRUPT_VALUE', 'the stored bytes are not a lock record');
}
