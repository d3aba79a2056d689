import type { KvError } from '../errors/kv-error.js';

/** Which end comes first, and who of two with the same score. */
export interface SortedOrder {
  readonly direction: 'ascending' | 'descending';
  /** `first`: who reached the score first. `lexical`: by the bytes of the member in UTF-8. */
  readonly ties: 'first' | 'lexical';
}

/** A change of one member. */
export type SortedChange =
  | {
      /** `best`: only if the score is better than the one there is, or there is none. */
      readonly type: 'set' | 'best';
      readonly member: string;
      readonly score: number;
      /** Stays as it is if `undefined`, is removed if `null`. */
      readonly data?: string | null | undefined;
    }
  | {
      readonly type: 'increment';
      readonly member: string;
      readonly by: number;
      readonly data?: string | null | undefined;
    }
  | { readonly type: 'remove'; readonly member: string };

/** What became of a change. */
export interface ChangeResult {
  /** The score afterwards; `undefined` if the member is not in the set. */
  readonly score: number | undefined;
  /** The score before. */
  readonly previous: number | undefined;
}

/**
 * Places are counted from 1. `ordinal`: no two members have the same. `competition`: 1 and the number of
 * members with a better score (1, 2, 2, 4). `dense`: 1 and the number of better scores (1, 2, 2, 3).
 */
export type RankKind = 'ordinal' | 'competition' | 'dense';

/** A question that one state of a sorted set answers. Scores as bounds belong to what they bound. */
export type SortedQuery =
  | {
      /** How many members have a score from `best` to `worst`; an open end is `undefined`. */
      readonly type: 'count';
      readonly best?: number | undefined;
      readonly worst?: number | undefined;
    }
  | {
      /** These members, in their order; `undefined` where there is none. */
      readonly type: 'members';
      readonly members: readonly string[];
      readonly ranks: RankKind | 'none';
    }
  | {
      /** From index `start` (0 is the best) up to `end`, both as `Array.slice` takes them. */
      readonly type: 'slice';
      readonly start: number;
      readonly end?: number | undefined;
      readonly ranks: RankKind;
    }
  | {
      /** The member and up to `each` on each side of it; nobody if it is not in the set. */
      readonly type: 'around';
      readonly member: string;
      readonly each: number;
      readonly ranks: RankKind;
    }
  | {
      /** Of those with a score from `best` to `worst`, `limit` from the one at `offset` on. */
      readonly type: 'range';
      readonly best?: number | undefined;
      readonly worst?: number | undefined;
      readonly offset: number;
      readonly limit: number;
      readonly ranks: RankKind;
    };

/** A member with its score and place. */
export interface RankedEntry {
  readonly member: string;
  readonly score: number;
  /** What was stored with the member. */
  readonly data: string | undefined;
  /** Of the kind that was asked for; 0 for `none`. */
  readonly rank: number;
}

/** The answer to a {@link SortedQuery}. */
export interface SortedAnswer {
  /** How many members the set has. */
  readonly total: number;
  /** How many of them are within the bounds of a `count` or a `range`. */
  readonly matching: number;
  readonly entries: readonly (RankedEntry | undefined)[];
}

/** A sorted set that a driver keeps in its own form. */
export interface SortedSetPlace {
  /** Where it is. What is stored here must tell a native set from anything else. */
  readonly key: string;
  /** More keys begin with this, if one is not enough. Nothing else does. */
  readonly aside: string;
  /** Opening it with another order is `INVALID_ARGUMENT`. */
  readonly order: SortedOrder;
  /** The worst beyond so many are dropped by the next change. */
  readonly cap?: number | undefined;
  /** Milliseconds to live from each change on. */
  readonly ttl: number | 'none';
}

/** A list of changes, a removal of all members, or a question. */
export type SortedRequest =
  | { readonly set: SortedSetPlace; readonly changes: readonly SortedChange[] | 'clear' }
  | { readonly set: SortedSetPlace; readonly query: SortedQuery };

/** To changes, what became of each (none for `clear`); to a question, its answer. */
export type SortedResult = readonly (ChangeResult | KvError)[] | SortedAnswer;
