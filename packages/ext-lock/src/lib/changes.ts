import type { Step } from './grant.js';
import { type LockId, sameId } from './lock-id.js';
import { aged, type LockRecord, nextRecord } from './lock-record.js';

/** Gives the lease of `id` `leaseMs` from now, never less than it has; `false` if it is not there. */
export function extendLease(
  stored: LockRecord | undefined,
  ageMs: number,
  {
    id,
    leaseMs,
    tombstoneMs,
  }: {
    readonly id: LockId;
    readonly leaseMs: number;
    readonly tombstoneMs: number;
  },
): Step<boolean> {
  const own = stored?.holders.find((held) => sameId(held.id, id));
  if (!stored || !own) return { record: undefined, result: false };
  const before = aged(stored, ageMs);
  // Its own time may be over by now; as long as nobody has taken its place, it can go on.
  const extended = { ...own, leftMs: Math.ceil(Math.max(own.leftMs - ageMs, leaseMs)) };
  const holders = [...before.holders.filter((held) => !sameId(held.id, id)), extended];
  return { record: nextRecord(before, { holders, tombstoneMs }), result: true };
}

/**
 * Ends the lease of `id`. Fences set aside for it and not used are given back. `false` if the record
 * names others, who are left alone.
 */
export function releaseLease(
  stored: LockRecord | undefined,
  ageMs: number,
  {
    id,
    usedFence,
    lastFence,
    tombstoneMs,
  }: {
    readonly id: LockId;
    readonly usedFence: number;
    readonly lastFence: number;
    readonly tombstoneMs: number;
  },
): Step<boolean> {
  if (!stored?.holders.some((held) => sameId(held.id, id))) {
    return { record: undefined, result: stored !== undefined && sameId(stored.released, id) };
  }
  const before = aged(stored, ageMs);
  const holders = before.holders.filter((held) => !sameId(held.id, id));
  const fence = before.fence === lastFence ? usedFence : before.fence;
  const record = nextRecord(before, { holders, fence, released: id, tombstoneMs });
  return { record, result: true };
}

/** Takes ids out of the queue, and back what they may have been granted. */
export function withdraw(
  stored: LockRecord | undefined,
  ageMs: number,
  { ids, tombstoneMs }: { readonly ids: readonly LockId[]; readonly tombstoneMs: number },
): Step<void> {
  const gone = ({ id }: { readonly id: LockId }): boolean => ids.some((own) => sameId(own, id));
  if (!stored || !(stored.holders.some(gone) || stored.waiters.some(gone))) {
    return { record: undefined, result: undefined };
  }
  const before = aged(stored, ageMs);
  const holders = before.holders.filter((held) => !gone(held));
  const waiters = before.waiters.filter((waiter) => !gone(waiter));
  return { record: nextRecord(before, { holders, waiters, tombstoneMs }), result: undefined };
}
