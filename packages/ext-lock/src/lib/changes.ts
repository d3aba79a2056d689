import type { Step } from './grant.js';
import { type LockId, sameId } from './lock-id.js';
import { aged, type Holder, type LockRecord, nextRecord } from './lock-record.js';

const UNCHANGED: Step<false> = { record: undefined, result: false };

/** Gives the lease of `id` `leaseMs` from now, never less than it has; `false` if it is not there. */
export function extendLease(
  stored: LockRecord | undefined,
  ageMs: number,
  id: LockId,
  leaseMs: number,
  tombstoneMs: number,
): Step<boolean> {
  const own = stored?.holders.find((held) => sameId(held.id, id));
  if (!stored || !own) return UNCHANGED;
  // Its own time may be over by now; as long as nobody has taken its place, it can go on.
  const extended = { ...own, leftMs: Math.ceil(Math.max(own.leftMs - ageMs, leaseMs)) };
  const { holders, waiters, fence, released } = aged(stored, ageMs);
  const all = [...without(holders, id), extended];
  return { record: nextRecord(stored, all, waiters, fence, released, tombstoneMs), result: true };
}

/**
 * Ends the lease of `id`. Of the fences up to `lastFence`, set aside for it, those beyond `usedFence` are
 * given back. `false` if the record names others, who are left alone.
 */
export function releaseLease(
  stored: LockRecord | undefined,
  ageMs: number,
  id: LockId,
  usedFence: number,
  lastFence: number,
  tombstoneMs: number,
): Step<boolean> {
  if (!stored) return UNCHANGED;
  const others = without(stored.holders, id);
  if (others.length === stored.holders.length) {
    return sameId(stored.released, id) ? { record: undefined, result: true } : UNCHANGED;
  }
  const { holders, waiters } = aged({ ...stored, holders: others }, ageMs);
  const fence = stored.fence === lastFence ? usedFence : stored.fence;
  return { record: nextRecord(stored, holders, waiters, fence, id, tombstoneMs), result: true };
}

/** Takes ids out of the queue, and back what they may have been granted. */
export function withdraw(
  stored: LockRecord | undefined,
  ageMs: number,
  ids: readonly LockId[],
  tombstoneMs: number,
): Step<boolean> {
  const there = ({ id }: { readonly id: LockId }): boolean => ids.some((own) => sameId(own, id));
  if (!stored || !(stored.holders.some(there) || stored.waiters.some(there))) return UNCHANGED;
  const before = aged(stored, ageMs);
  const holders = before.holders.filter((held) => !there(held));
  const waiters = before.waiters.filter((waiter) => !there(waiter));
  const { fence, released } = before;
  return {
    record: nextRecord(stored, holders, waiters, fence, released, tombstoneMs),
    result: true,
  };
}

function without(holders: readonly Holder[], id: LockId): readonly Holder[] {
  return holders.filter((held) => !sameId(held.id, id));
}
