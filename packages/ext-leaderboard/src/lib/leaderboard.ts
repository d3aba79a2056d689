import type { CallOptions } from '@grovekv/kv-core';

/** `ordinal`: 1, 2, 3, 4. `competition`: 1, 2, 2, 4. `dense`: 1, 2, 2, 3. */
export type RankKind = 'ordinal' | 'competition' | 'dense';

/** Options of `createLeaderboard`. Every process that uses a board gives it the same. */
export interface LeaderboardOptions {
  /** Whether the highest score is first (`descending`, default) or the lowest. */
  readonly order?: 'descending' | 'ascending' | undefined;
  /**
   * Who is before whom with the same score: who reached it first (`first`, default), or by the bytes of
   * the member in UTF-8 (`lexical`).
   */
  readonly ties?: 'first' | 'lexical' | undefined;
  /** What `rank` counts. Default `ordinal`. */
  readonly ranks?: RankKind | undefined;
  /** Only the best so many members are kept, 1 to 100,000,000. Default: all. */
  readonly cap?: number | undefined;
  /** Start on a driver that may drop keys. Default: refuse. */
  readonly allowVolatile?: boolean | undefined;
  /** Milliseconds that slow readers may take for one answer before they start again. Default 10,000. */
  readonly graceMs?: number | undefined;
  /** Nodes of the tree kept decoded in this process, 0 to 100,000, some 20 KB each. Default 512. */
  readonly cacheNodes?: number | undefined;
}

/** A member on the board. */
export interface Row<D = unknown> {
  readonly member: string;
  readonly score: number;
  /** From 1, of the board's kind. */
  readonly rank: number;
  /** What was stored with the member. */
  readonly data: D | undefined;
}

/** What is stored for a member. */
export interface Entry<D = unknown> {
  readonly member: string;
  readonly score: number;
  /** Stays as it is if left out, is removed by `null`. Up to 4,096 bytes as JSON. */
  readonly data?: D | null | undefined;
}

/** An addition to the score of a member. */
export interface Increment<D = unknown> {
  readonly member: string;
  readonly by: number;
  readonly data?: D | null | undefined;
}

/** What became of a member's score. */
export interface ScoreChange {
  /** The score that was reached; a board with a `cap` may have dropped the member for it. */
  readonly score: number;
  /** The score before; `undefined` if the member was not there. */
  readonly previous: number | undefined;
}

/** Part of a board with the size of all of it, from one state. */
export interface Page<D = unknown> {
  readonly rows: Row<D>[];
  /** Members on the whole board. */
  readonly total: number;
}

/** Scores between which members are sought, both included. */
export interface ScoreBounds {
  readonly min?: number | undefined;
  readonly max?: number | undefined;
}

/** {@link ScoreBounds}, and how many of the rows. */
export interface ScoreRange extends ScoreBounds {
  /** Rows to skip. Default 0. */
  readonly offset?: number | undefined;
  /** Most rows, 0 to 10,000. Default 100. */
  readonly limit?: number | undefined;
}

/** Which page of how many rows. */
export interface PageRequest {
  /** From 1. Default 1. */
  readonly page?: number | undefined;
  /** Rows of a page, 1 to 10,000. Default 25. */
  readonly size?: number | undefined;
}

/**
 * Members by score. Every change is atomic and none is lost; every answer is taken from one state of the
 * board. Changes cost a read of the nodes on the way to the member, a write of the same and a swap of one
 * record, shared by all that wait in this process; answers one read, and one a level of the tree: none on
 * a board of a few hundred, two at a million, most of them out of this process's cache.
 *
 * All reject with a `KvError`: `INVALID_KEY`, `KEY_TOO_LARGE`, `INVALID_ARGUMENT`, `INVALID_VALUE`,
 * `VALUE_TOO_LARGE` before anything is sent; `INVALID_ARGUMENT` if the board is stored with another order
 * or other ties; `CONTENTION` after half a minute of lost races; `CORRUPT_VALUE` if a record is lost.
 */
export interface Leaderboard<D = unknown> {
  /** Stores the score. */
  set(member: string, score: number, data?: D | null): Promise<ScoreChange>;
  /** Adds to the score, an absent member's being 0. `OUT_OF_RANGE` if the sum is not finite. */
  increment(member: string, by?: number, data?: D | null): Promise<ScoreChange>;
  /** Stores the score, and the data with it, if it is better than the one there is. */
  best(member: string, score: number, data?: D | null): Promise<ScoreChange>;
  /** Removes; answers whether the member was there. */
  remove(member: string): Promise<boolean>;

  /** {@link set} for many, each by itself, in order. A million take twenty commits. */
  setMany(entries: Iterable<Entry<D>>): Promise<ScoreChange[]>;
  /** {@link increment} for many, each by itself, in order. */
  incrementMany(increments: Iterable<Increment<D>>): Promise<ScoreChange[]>;
  /** {@link best} for many, each by itself, in order. */
  bestMany(entries: Iterable<Entry<D>>): Promise<ScoreChange[]>;
  /** Removes many; answers how many were there. */
  removeMany(members: Iterable<string>): Promise<number>;

  /** The score; `undefined` if the member is not there. */
  score(member: string, options?: CallOptions): Promise<number | undefined>;
  /** The scores in the order of the members, from one state. */
  scores(members: readonly string[], options?: CallOptions): Promise<(number | undefined)[]>;
  /** The member with its rank; `undefined` if it is not there. */
  rank(member: string, options?: CallOptions): Promise<Row<D> | undefined>;
  /** The first rows, 0 to 10,000. */
  top(count: number, options?: CallOptions): Promise<Row<D>[]>;
  /** The last rows, the very last first, 0 to 10,000. */
  bottom(count: number, options?: CallOptions): Promise<Row<D>[]>;
  /** Rows with a score within bounds, best first. */
  range(range: ScoreRange, options?: CallOptions): Promise<Row<D>[]>;
  /** The member between up to `each` neighbours (0 to 5,000) on either side; empty if it is not there. */
  around(member: string, each?: number, options?: CallOptions): Promise<Row<D>[]>;
  /** A page, with the size of the board. */
  page(request?: PageRequest, options?: CallOptions): Promise<Page<D>>;
  /** How many members there are, or how many have a score within bounds. */
  count(bounds?: ScoreBounds, options?: CallOptions): Promise<number>;
  /**
   * How many of a hundred members have the member's score or a worse one; 100 for the best. `undefined`
   * if it is not there.
   */
  percentile(member: string, options?: CallOptions): Promise<number | undefined>;
  /** The board of these members only: up to 10,000, ranked among each other. */
  friends(members: readonly string[], options?: CallOptions): Promise<Row<D>[]>;
  /** Removes all members. Also mends a board of which a record was lost. */
  clear(): Promise<void>;
  /**
   * Removes records that processes left behind which died in the middle of a change, if older than
   * `olderThanMs` (default an hour, at least a minute): longer than any change takes, and than clocks
   * differ, or it removes what is being written. Answers how many. Lists the board's keys.
   */
  sweep(olderThanMs?: number, options?: CallOptions): Promise<number>;
}
