import type { CallOptions } from '../store/store.js';
import { type Compare, compareBy, compareMembers, type SortedEntry } from './entry.js';
import { countOf } from './node.js';
import type { NodeStore } from './node-store.js';
import { findMany, locate, slice } from './read-tree.js';
import type { Root } from './root.js';

/** A member's places, all from 1. */
export interface Ranks {
  /** No two members have the same. */
  readonly ordinal: number;
  /** 1 and the number of members with a better score: 1, 2, 2, 4. */
  readonly competition: number;
  /** 1 and the number of better scores: 1, 2, 2, 3. */
  readonly dense: number;
}

/** A member with its score and places. */
export interface PlacedEntry extends Ranks {
  readonly member: string;
  readonly score: number;
  /** What was stored with the member. */
  readonly data: string | undefined;
}

/** One state of a sorted set: whatever is asked of it, the answers belong together. */
export class Snapshot {
  readonly #root: Root;
  readonly #nodes: NodeStore;
  readonly #options: CallOptions | undefined;
  readonly #compare: Compare;

  constructor(root: Root, nodes: NodeStore, options?: CallOptions) {
    this.#root = root;
    this.#nodes = nodes;
    this.#options = options;
    this.#compare = compareBy(root.order);
  }

  /** How many members there are. */
  get count(): number {
    return countOf(this.#root.places);
  }

  /** Scores of members, in their order; `undefined` where there is none. */
  async scores(members: readonly string[]): Promise<(number | undefined)[]> {
    return (await this.#find(members)).map((entry) => entry?.score);
  }

  /** Members with their places, in their order. */
  async rank(members: readonly string[]): Promise<(PlacedEntry | undefined)[]> {
    const found = await this.#find(members);
    return Promise.all(found.map(async (entry) => entry && (await this.#ranked(entry))));
  }

  /** The entries at indexes from `start` (0 is the best) up to `end`, with places. */
  async slice(start: number, end: number): Promise<PlacedEntry[]> {
    const entries = await slice(this.#root.places, start, end, this.#nodes, this.#options);
    const [first] = entries;
    if (!first) return [];
    const before = await this.#locate(this.#isBetter(first.score));
    let [competition, dense, score] = [before.index + 1, before.runs + 1, first.score];
    return entries.map((entry, at) => {
      const ordinal = start + at + 1;
      if (entry.score !== score) {
        competition = ordinal;
        dense += 1;
        score = entry.score;
      }
      return withRanks(entry, { ordinal, competition, dense });
    });
  }

  /** The first index with a score that is not better than `score`; with `after`, with one that is worse. */
  async indexOfScore(score: number, after = false): Promise<number> {
    const isBetter = this.#isBetter(score);
    const isBefore = after
      ? (entry: SortedEntry) => isBetter(entry) || entry.score === score
      : isBetter;
    return (await this.#locate(isBefore)).index;
  }

  async #find(members: readonly string[]): Promise<(SortedEntry | undefined)[]> {
    const wanted = members.map((member) => ({ member, score: 0, seq: 0 }));
    return findMany(this.#root.members, wanted, compareMembers, this.#nodes, this.#options);
  }

  async #ranked(entry: SortedEntry): Promise<PlacedEntry> {
    const { places } = this.#root;
    const [self, better, [stored]] = await Promise.all([
      this.#locate((other) => this.#compare(other, entry) < 0),
      this.#locate(this.#isBetter(entry.score)),
      findMany(places, [entry], this.#compare, this.#nodes, this.#options),
    ]);
    const ranks = {
      ordinal: self.index + 1,
      competition: better.index + 1,
      dense: better.runs + 1,
    };
    return withRanks(stored ?? entry, ranks);
  }

  #isBetter(score: number): (entry: SortedEntry) => boolean {
    const ascending = this.#root.order.direction === 'ascending';
    return ascending ? (entry) => entry.score < score : (entry) => entry.score > score;
  }

  #locate(isBefore: (entry: SortedEntry) => boolean) {
    return locate(this.#root.places, isBefore, this.#nodes, this.#options);
  }
}

function withRanks({ member, score, data }: SortedEntry, ranks: Ranks): PlacedEntry {
  return { member, score, data, ...ranks };
}
