export type { ChangeResult, SortedChange } from './lib/sorted-set/change.js';
export type { SortedOrder } from './lib/sorted-set/entry.js';
export type { RankedEntry, Ranks, Snapshot } from './lib/sorted-set/snapshot.js';
export {
  openSortedSet,
  type SortedSet,
  type SortedSetOptions,
} from './lib/sorted-set/sorted-set.js';
