export type {
  ChangeResult,
  RankedEntry,
  RankKind,
  SortedAnswer,
  SortedChange,
  SortedOrder,
  SortedQuery,
} from './lib/driver/sorted.js';
export {
  openSortedSet,
  type SortedSet,
  type SortedSetOptions,
} from './lib/sorted-set/sorted-set.js';
