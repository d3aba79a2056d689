import type { LockId } from './lock-id.js';
import { LockTable } from './lock-table.js';
import type { LockSettings } from './options.js';

/** One lease, as the record tells it. */
export interface HolderState {
  /** The label of whoever holds it. */
  readonly owner: string;
  /** The fence of the first that this process lent it to; those it hands it on to have larger ones. */
  readonly fence: number;
  /** Milliseconds until it is over unless extended. */
  readonly remainingMs: number;
}

/** What `inspect` tells. Out of date when you read it. */
export interface LockState {
  readonly held: boolean;
  readonly holders: readonly HolderState[];
  /** How many stand in the queue of a fair lock. */
  readonly waiting: number;
  /** The largest fence granted or set aside so far; 0 if nothing is known of the lock. */
  readonly fence: number;
}

export async function inspectRecord(settings: LockSettings): Promise<LockState> {
  const record = await new LockTable(settings).read();
  if (!record) return { held: false, holders: [], waiting: 0, fence: 0 };
  const holders = record.holders.map(({ id, owner, fence, leftMs }) => ({
    owner: owner.length > 0 ? new TextDecoder().decode(owner) : processLabel(id),
    fence,
    remainingMs: leftMs,
  }));
  const { waiters, fence } = record;
  return { held: holders.length > 0, holders, waiting: waiters.length, fence };
}

/** What stands for a holder without a label: its process, by the number that all its ids have. */
function processLabel({ process }: LockId): string {
  return process.toString(16).padStart(8, '0');
}
