import { compareKeys } from '../driver/compare-keys.js';
import type { SortedOrder } from '../driver/sorted.js';

/** One member of a sorted set. */
export interface SortedEntry {
  readonly member: string;
  /** Finite, never −0. */
  readonly score: number;
  /** When it reached its score, counted in changes of scores; 0 where ties are lexical. */
  readonly seq: number;
  /** Text of the caller's that goes with the member. */
  readonly data?: string | undefined;
}

/** Negative if `a` comes before `b`. */
export type Compare = (a: SortedEntry, b: SortedEntry) => number;

/** The order of places. Total: no two members are equal in it. */
export function compareBy({ direction }: SortedOrder): Compare {
  const sign = direction === 'ascending' ? 1 : -1;
  return (a, b) => {
    if (a.score !== b.score) return a.score < b.score ? -sign : sign;
    // Where ties are lexical every seq is 0.
    return a.seq - b.seq || compareKeys(a.member, b.member);
  };
}

/** The order of the index by member. */
export const compareMembers: Compare = (a, b) => compareKeys(a.member, b.member);
