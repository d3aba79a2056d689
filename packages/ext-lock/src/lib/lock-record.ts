import { type LockId, NOBODY } from './lock-id.js';

/** A lease in the record. */
export interface Holder {
  readonly id: LockId;
  /** Milliseconds that the lease had left when the record was written. */
  readonly leftMs: number;
  /** The first of the fences granted with it. */
  readonly fence: number;
  /** A label in UTF-8, for people. */
  readonly owner: Uint8Array;
}

/** A place in the queue of a fair lock. */
export interface QueuedWaiter {
  readonly id: LockId;
  /** Milliseconds, when the record was written, until it counts as dead unless it shows itself. */
  readonly leftMs: number;
}

/**
 * What is stored for a lock. No moment of anybody's clock is in it, only spans: the driver's clock
 * tells how much of the key's time to live has passed since the record was written.
 */
export interface LockRecord {
  /** The largest fence ever granted or set aside. */
  readonly fence: number;
  /** Counts writes, so that no two states have the same bytes. */
  readonly serial: number;
  /** The key's time to live as it was written, in milliseconds. */
  readonly ttlMs: number;
  /** Who released last: a release whose reply was lost recognises itself. */
  readonly released: LockId;
  readonly holders: readonly Holder[];
  readonly waiters: readonly QueuedWaiter[];
}

/** A lock that nobody has ever held. */
export const EMPTY_RECORD: LockRecord = {
  fence: 0,
  serial: 0,
  ttlMs: 0,
  released: NOBODY,
  holders: [],
  waiters: [],
};

/** The state after `before`. It outlives all that it tells of, so that the fences go on rising. */
export function nextRecord(
  before: LockRecord,
  holders: readonly Holder[],
  waiters: readonly QueuedWaiter[],
  fence: number,
  released: LockId,
  tombstoneMs: number,
): LockRecord {
  let longestMs = 0;
  for (const { leftMs } of holders) if (leftMs > longestMs) longestMs = leftMs;
  for (const { leftMs } of waiters) if (leftMs > longestMs) longestMs = leftMs;
  const ttlMs = tombstoneMs + longestMs;
  return { fence, serial: (before.serial + 1) >>> 0, ttlMs, released, holders, waiters };
}

/** The record `ageMs` after it was written: what has expired is left out. */
export function aged(record: LockRecord, ageMs: number): LockRecord {
  const { holders, waiters } = record;
  if (ageMs <= 0 || (holders.length === 0 && waiters.length === 0)) return record;
  return { ...record, holders: agedList(holders, ageMs), waiters: agedList(waiters, ageMs) };
}

function agedList<T extends { readonly leftMs: number }>(list: readonly T[], ageMs: number): T[] {
  return list
    .filter(({ leftMs }) => leftMs > ageMs)
    .map((item) => ({ ...item, leftMs: Math.ceil(item.leftMs - ageMs) }));
}
