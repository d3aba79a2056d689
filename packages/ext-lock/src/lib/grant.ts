import { type LockId, sameId } from './lock-id.js';
import {
  aged,
  EMPTY_RECORD,
  type Holder,
  type LockRecord,
  nextRecord,
  type QueuedWaiter,
} from './lock-record.js';

/** A record after a step, or `undefined` if the step changes nothing; and what the caller is told. */
export interface Step<R> {
  readonly record: LockRecord | undefined;
  readonly result: R;
}

/** On what terms a lock is granted. */
export interface Terms {
  /** Leases that can be held at the same time. */
  readonly permits: number;
  readonly leaseMs: number;
  /** How long a waiter that does not show itself keeps its place. */
  readonly waiterMs: number;
  readonly tombstoneMs: number;
  /** How many fences are set aside for a lease. */
  readonly fences: number;
  readonly owner: Uint8Array;
}

/** A request for leases. */
export interface Bid {
  /** Who asks, in their order. */
  readonly ids: readonly LockId[];
  /** Who asked before and does not any more. */
  readonly leaving: readonly LockId[];
  /**
   * What the queue in the record means to this bid. `ignore`: nothing. `respect`: while anybody stands
   * in it, there is no lease. `join`: the ids stand in it and are served in its order.
   */
  readonly queue: 'ignore' | 'respect' | 'join';
  /** The smallest fence that may be granted. */
  readonly leastFence: number;
  /** Whether the state is the one that this process left. */
  readonly alone: boolean;
}

/** What a bid comes to. */
export interface BidResult {
  readonly granted: readonly { readonly id: LockId; readonly fence: number }[];
  /** The state after it, and how many milliseconds ago that was written. */
  readonly state: LockRecord;
  readonly ageMs: number;
  /** Milliseconds until the first of the leases is over. */
  readonly leftMs: number;
  /** Whether nobody else has changed anything since this process did. */
  readonly alone: boolean;
}

/** The record must stay small. Whoever finds no place tries again later. */
const LONGEST_QUEUE = 1_000;
/** A waiter shows itself when it has less than this share of its time left. */
const SHOW_AGAIN_BELOW = 2 / 3;

/** Grants what is free. An id that holds a lease already, because a reply was lost, is told so. */
export function grant(
  stored: LockRecord | undefined,
  ageMs: number,
  bid: Bid,
  terms: Terms,
): Step<BidResult> {
  const before = stored ? aged(stored, ageMs) : EMPTY_RECORD;
  const { permits, fences, leaseMs, owner, tombstoneMs } = terms;
  const granted: { id: LockId; fence: number }[] = [];
  let { holders, waiters, fence } = before;
  if (holders.length > 0) {
    for (const id of bid.ids) {
      const held = holder(holders, id);
      if (held) granted.push({ id, fence: held.fence });
    }
  }

  if (bid.queue === 'join') waiters = queued(before, bid, terms.waiterMs);
  for (const id of candidates(waiters, bid)) {
    if (holders.length >= permits) break;
    if (holder(holders, id)) continue;
    const first = Math.max(fence + 1, bid.leastFence);
    fence = first + fences - 1;
    holders = [...holders, { id, leftMs: leaseMs, fence: first, owner }];
    if (waiters.length > 0) waiters = waiters.filter((waiter) => !sameId(waiter.id, id));
    granted.push({ id, fence: first });
  }

  const changed = holders !== before.holders || waiters !== before.waiters;
  const record = changed
    ? nextRecord(before, holders, waiters, fence, before.released, tombstoneMs)
    : undefined;
  let leftMs = Number.POSITIVE_INFINITY;
  for (const held of holders) leftMs = Math.min(leftMs, held.leftMs);
  const state = record ?? stored ?? EMPTY_RECORD;
  const result = { granted, state, ageMs: record ? 0 : ageMs, leftMs, alone: bid.alone };
  return { record, result };
}

function holder(holders: readonly Holder[], id: LockId): Holder | undefined {
  for (const held of holders) if (sameId(held.id, id)) return held;
  return undefined;
}

/** Who of the bid may have what is free, in order. */
function candidates(waiters: readonly QueuedWaiter[], { ids, queue }: Bid): readonly LockId[] {
  if (queue === 'ignore') return ids;
  if (queue === 'respect') return waiters.length === 0 ? ids : [];
  const stranger = waiters.findIndex(({ id }) => !ids.some((own) => sameId(own, id)));
  return (stranger < 0 ? waiters : waiters.slice(0, stranger)).map(({ id }) => id);
}

/** The queue with the bid's waiters shown, new ones at its end; the same list if nothing changes. */
function queued(
  { waiters, holders }: LockRecord,
  { ids, leaving }: Bid,
  waiterMs: number,
): readonly QueuedWaiter[] {
  let list = waiters;
  if (leaving.length > 0) {
    const stay = list.filter(({ id }) => !leaving.some((gone) => sameId(gone, id)));
    if (stay.length < list.length) list = stay;
  }
  for (const id of ids) {
    const index = list.findIndex((waiter) => sameId(waiter.id, id));
    if (index >= 0) {
      if (list[index]!.leftMs >= waiterMs * SHOW_AGAIN_BELOW) continue;
      list = list.map((waiter, at) => (at === index ? { id, leftMs: waiterMs } : waiter));
    } else if (list.length < LONGEST_QUEUE && !holder(holders, id)) {
      list = [...list, { id, leftMs: waiterMs }];
    }
  }
  return list;
}
