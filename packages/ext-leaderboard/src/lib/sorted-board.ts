import { type CallOptions, isKvError, type KvError } from '@grovekv/kv-core';
import type {
  ChangeResult,
  RankedEntry,
  Snapshot,
  SortedChange,
  SortedSet,
} from '@grovekv/kv-core/sorted-set';
import {
  checkCount,
  checkList,
  checkMember,
  checkMembers,
  checkObject,
  checkScore,
  invalid,
} from './arguments.js';
import { decodeData, encodeData } from './data-codec.js';
import type {
  Entry,
  Increment,
  Leaderboard,
  Page,
  PageRequest,
  RankKind,
  Row,
  ScoreBounds,
  ScoreChange,
  ScoreRange,
} from './leaderboard.js';

const MOST_ROWS = 10_000;

/** A leaderboard on a sorted set. */
export class SortedBoard<D> implements Leaderboard<D> {
  readonly #set: SortedSet;
  readonly #kind: RankKind;
  readonly #isDescending: boolean;

  constructor(set: SortedSet, kind: RankKind, isDescending: boolean) {
    this.#set = set;
    this.#kind = kind;
    this.#isDescending = isDescending;
  }

  async set(member: string, score: number, data?: D | null): Promise<ScoreChange> {
    return this.#one(scoring('set', { member, score, data }));
  }

  async increment(member: string, by = 1, data?: D | null): Promise<ScoreChange> {
    return this.#one(adding({ member, by, data }));
  }

  async best(member: string, score: number, data?: D | null): Promise<ScoreChange> {
    return this.#one(scoring('best', { member, score, data }));
  }

  async remove(member: string): Promise<boolean> {
    return (await this.removeMany([member])) === 1;
  }

  async setMany(entries: Iterable<Entry<D>>): Promise<ScoreChange[]> {
    return this.#many(checkList(entries, 'entries').map((entry) => scoring('set', entry)));
  }

  async incrementMany(increments: Iterable<Increment<D>>): Promise<ScoreChange[]> {
    return this.#many(checkList(increments, 'increments').map((increment) => adding(increment)));
  }

  async bestMany(entries: Iterable<Entry<D>>): Promise<ScoreChange[]> {
    return this.#many(checkList(entries, 'entries').map((entry) => scoring('best', entry)));
  }

  async removeMany(members: Iterable<string>): Promise<number> {
    const names = checkList(members, 'members').map(checkMember);
    const results = await this.#set.change(names.map((member) => ({ type: 'remove', member })));
    return results.filter((result) => !isKvError(result) && result.previous !== undefined).length;
  }

  async score(member: string, options?: CallOptions): Promise<number | undefined> {
    return (await this.scores([member], options))[0];
  }

  async scores(members: readonly string[], options?: CallOptions): Promise<(number | undefined)[]> {
    if (!Array.isArray(members)) throw invalid('members are given as an array');
    const names = members.map(checkMember);
    return this.#set.read((snapshot) => snapshot.scores(names), options);
  }

  async rank(member: string, options?: CallOptions): Promise<Row<D> | undefined> {
    const name = checkMember(member);
    const [entry] = await this.#set.read((snapshot) => snapshot.rank([name]), options);
    return entry && this.#row(entry);
  }

  async top(count: number, options?: CallOptions): Promise<Row<D>[]> {
    checkCount(count, 'count', 0, MOST_ROWS);
    return this.#rows((snapshot) => snapshot.slice(0, count), options);
  }

  async bottom(count: number, options?: CallOptions): Promise<Row<D>[]> {
    checkCount(count, 'count', 0, MOST_ROWS);
    const last = (snapshot: Snapshot): Promise<RankedEntry[]> =>
      snapshot.slice(Math.max(0, snapshot.count - count), snapshot.count);
    return (await this.#rows(last, options)).reverse();
  }

  async range(range: ScoreRange, options?: CallOptions): Promise<Row<D>[]> {
    const [best, worst] = this.#bounds(checkObject(range, 'a range'));
    const offset = checkCount(range.offset ?? 0, 'offset', 0, Number.MAX_SAFE_INTEGER);
    const limit = checkCount(range.limit ?? 100, 'limit', 0, MOST_ROWS);
    return this.#rows(async (snapshot) => {
      const [start, end] = await indexesOf(snapshot, best, worst);
      return snapshot.slice(start + offset, Math.min(end, start + offset + limit));
    }, options);
  }

  async around(member: string, each = 5, options?: CallOptions): Promise<Row<D>[]> {
    const name = checkMember(member);
    checkCount(each, 'each', 0, MOST_ROWS / 2);
    return this.#rows(async (snapshot) => {
      const [self] = await snapshot.rank([name]);
      if (!self) return [];
      const index = self.ordinal - 1;
      return snapshot.slice(Math.max(0, index - each), Math.min(snapshot.count, index + each + 1));
    }, options);
  }

  async page(request: PageRequest = {}, options?: CallOptions): Promise<Page<D>> {
    checkObject(request, 'a page request');
    const page = checkCount(request.page ?? 1, 'page', 1, 1_000_000_000);
    const size = checkCount(request.size ?? 25, 'size', 1, MOST_ROWS);
    const start = (page - 1) * size;
    return this.#set.read(async (snapshot) => {
      const entries = await snapshot.slice(start, Math.min(snapshot.count, start + size));
      return { rows: entries.map((entry) => this.#row(entry)), total: snapshot.count };
    }, options);
  }

  async count(bounds?: ScoreBounds, options?: CallOptions): Promise<number> {
    if (bounds === undefined) return this.#set.read(async ({ count }) => count, options);
    const [best, worst] = this.#bounds(checkObject(bounds, 'the bounds'));
    return this.#set.read(async (snapshot) => {
      const [start, end] = await indexesOf(snapshot, best, worst);
      return Math.max(0, end - start);
    }, options);
  }

  async percentile(member: string, options?: CallOptions): Promise<number | undefined> {
    const name = checkMember(member);
    return this.#set.read(async (snapshot) => {
      const [entry] = await snapshot.rank([name]);
      if (!entry) return undefined;
      return (100 * (snapshot.count - entry.competition + 1)) / snapshot.count;
    }, options);
  }

  async friends(members: readonly string[], options?: CallOptions): Promise<Row<D>[]> {
    const names = checkMembers(members);
    checkCount(names.length, 'the number of members', 0, MOST_ROWS);
    const found = await this.#set.read((snapshot) => snapshot.rank(names), options);
    const entries = found.filter((entry) => entry !== undefined);
    entries.sort((a, b) => a.ordinal - b.ordinal);
    let [competition, dense] = [0, 0];
    return entries.map((entry, index) => {
      const ordinal = index + 1;
      if (entry.score !== entries[index - 1]?.score) {
        competition = ordinal;
        dense += 1;
      }
      return this.#row({ ...entry, ordinal, competition, dense });
    });
  }

  clear(): Promise<void> {
    return this.#set.clear();
  }

  async sweep(olderThanMs = 3_600_000, options?: CallOptions): Promise<number> {
    checkCount(olderThanMs, 'olderThanMs', 60_000, Number.MAX_SAFE_INTEGER);
    return this.#set.sweep(olderThanMs, options);
  }

  async #one(change: SortedChange): Promise<ScoreChange> {
    const [result] = await this.#many([change]);
    return result!;
  }

  async #many(changes: readonly SortedChange[]): Promise<ScoreChange[]> {
    const results = await this.#set.change(changes);
    return results.map(resultOf);
  }

  async #rows(
    body: (snapshot: Snapshot) => Promise<RankedEntry[]>,
    options: CallOptions | undefined,
  ): Promise<Row<D>[]> {
    const entries = await this.#set.read(body, options);
    return entries.map((entry) => this.#row(entry));
  }

  #row(entry: RankedEntry): Row<D> {
    const { member, score } = entry;
    return { member, score, rank: entry[this.#kind], data: decodeData<D>(entry.data) };
  }

  /** The bounds as best and worst; an open one is `undefined`. */
  #bounds({ min, max }: ScoreBounds): [number | undefined, number | undefined] {
    const low = min === undefined ? undefined : checkScore(min, 'min');
    const high = max === undefined ? undefined : checkScore(max, 'max');
    if (low !== undefined && high !== undefined && low > high) throw invalid('min is above max');
    return this.#isDescending ? [high, low] : [low, high];
  }
}

async function indexesOf(
  snapshot: Snapshot,
  best: number | undefined,
  worst: number | undefined,
): Promise<[start: number, end: number]> {
  return Promise.all([
    best === undefined ? 0 : snapshot.indexOfScore(best),
    worst === undefined ? snapshot.count : snapshot.indexOfScore(worst, true),
  ]);
}

function resultOf(result: ChangeResult | KvError): ScoreChange {
  if (isKvError(result)) throw result;
  return { score: result.score!, previous: result.previous };
}

function scoring<D>(type: 'set' | 'best', entry: Entry<D>): SortedChange {
  const { member, score, data } = checkObject(entry, 'an entry');
  return {
    type,
    member: checkMember(member),
    score: checkScore(score),
    data: encodeData(data),
  };
}

function adding<D>(increment: Increment<D>): SortedChange {
  const { member, by, data } = checkObject(increment, 'an increment');
  return {
    type: 'increment',
    member: checkMember(member),
    by: checkScore(by, 'by'),
    data: encodeData(data),
  };
}
