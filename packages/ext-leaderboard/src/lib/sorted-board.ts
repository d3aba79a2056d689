import { type CallOptions, isKvError, type KvError } from '@grovekv/kv-core';
import type {
  ChangeResult,
  RankedEntry,
  SortedAnswer,
  SortedChange,
  SortedQuery,
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

  set(member: string, score: number, data?: D | null): Promise<ScoreChange> {
    return this.#one(() => scoring('set', { member, score, data }));
  }

  increment(member: string, by = 1, data?: D | null): Promise<ScoreChange> {
    return this.#one(() => adding({ member, by, data }));
  }

  best(member: string, score: number, data?: D | null): Promise<ScoreChange> {
    return this.#one(() => scoring('best', { member, score, data }));
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
    const query = { type: 'members', members: members.map(checkMember), ranks: 'none' } as const;
    const { entries } = await this.#set.query(query, options);
    return entries.map((entry) => entry?.score);
  }

  async rank(member: string, options?: CallOptions): Promise<Row<D> | undefined> {
    const query = { type: 'members', members: [checkMember(member)], ranks: this.#kind } as const;
    const [entry] = (await this.#set.query(query, options)).entries;
    return entry && this.#row(entry);
  }

  async top(count: number, options?: CallOptions): Promise<Row<D>[]> {
    const end = checkCount(count, 'count', 0, MOST_ROWS);
    return this.#rows({ type: 'slice', start: 0, end, ranks: this.#kind }, options);
  }

  async bottom(count: number, options?: CallOptions): Promise<Row<D>[]> {
    if (checkCount(count, 'count', 0, MOST_ROWS) === 0) return [];
    const last = { type: 'slice', start: -count, ranks: this.#kind } as const;
    return (await this.#rows(last, options)).reverse();
  }

  async range(range: ScoreRange, options?: CallOptions): Promise<Row<D>[]> {
    const bounds = this.#bounds(checkObject(range, 'a range'));
    const offset = checkCount(range.offset ?? 0, 'offset', 0, Number.MAX_SAFE_INTEGER);
    const limit = checkCount(range.limit ?? 100, 'limit', 0, MOST_ROWS);
    return this.#rows({ type: 'range', ...bounds, offset, limit, ranks: this.#kind }, options);
  }

  async around(member: string, each = 5, options?: CallOptions): Promise<Row<D>[]> {
    const name = checkMember(member);
    checkCount(each, 'each', 0, MOST_ROWS / 2);
    return this.#rows({ type: 'around', member: name, each, ranks: this.#kind }, options);
  }

  async page(request: PageRequest = {}, options?: CallOptions): Promise<Page<D>> {
    checkObject(request, 'a page request');
    const page = checkCount(request.page ?? 1, 'page', 1, 1_000_000_000);
    const size = checkCount(request.size ?? 25, 'size', 1, MOST_ROWS);
    const start = (page - 1) * size;
    const query = { type: 'slice', start, end: start + size, ranks: this.#kind } as const;
    const { entries, total } = await this.#set.query(query, options);
    return { rows: this.#rowsOf(entries), total };
  }

  async count(bounds: ScoreBounds = {}, options?: CallOptions): Promise<number> {
    const within = this.#bounds(checkObject(bounds, 'the bounds'));
    return (await this.#set.query({ type: 'count', ...within }, options)).matching;
  }

  async percentile(member: string, options?: CallOptions): Promise<number | undefined> {
    const query = {
      type: 'members',
      members: [checkMember(member)],
      ranks: 'competition',
    } as const;
    const { entries, total } = await this.#set.query(query, options);
    const [entry] = entries;
    return entry && (100 * (total - entry.rank + 1)) / total;
  }

  async friends(members: readonly string[], options?: CallOptions): Promise<Row<D>[]> {
    const names = checkMembers(members);
    checkCount(names.length, 'the number of members', 0, MOST_ROWS);
    const query = { type: 'members', members: names, ranks: 'ordinal' } as const;
    const found = (await this.#set.query(query, options)).entries;
    const entries = found.filter((entry) => entry !== undefined);
    entries.sort((a, b) => a.rank - b.rank);
    const places = { ordinal: 0, competition: 0, dense: 0 };
    return entries.map((entry, index) => {
      places.ordinal = index + 1;
      if (entry.score !== entries[index - 1]?.score) {
        places.competition = index + 1;
        places.dense += 1;
      }
      return this.#row({ ...entry, rank: places[this.#kind] });
    });
  }

  clear(): Promise<void> {
    return this.#set.clear();
  }

  async sweep(olderThanMs = 3_600_000, options?: CallOptions): Promise<number> {
    checkCount(olderThanMs, 'olderThanMs', 60_000, Number.MAX_SAFE_INTEGER);
    return this.#set.sweep(olderThanMs, options);
  }

  #one(make: () => SortedChange): Promise<ScoreChange> {
    try {
      return this.#set.change([make()]).then(([result]) => resultOf(result!));
    } catch (error) {
      return Promise.reject(error);
    }
  }

  async #many(changes: readonly SortedChange[]): Promise<ScoreChange[]> {
    const results = await this.#set.change(changes);
    return results.map(resultOf);
  }

  async #rows(query: SortedQuery, options: CallOptions | undefined): Promise<Row<D>[]> {
    return this.#rowsOf((await this.#set.query(query, options)).entries);
  }

  #rowsOf(entries: SortedAnswer['entries']): Row<D>[] {
    return entries.flatMap((entry) => (entry ? [this.#row(entry)] : []));
  }

  #row({ member, score, rank, data }: RankedEntry): Row<D> {
    return { member, score, rank, data: decodeData<D>(data) };
  }

  /** The bounds as best and worst; an open one is `undefined`. */
  #bounds({ min, max }: ScoreBounds): {
    readonly best: number | undefined;
    readonly worst: number | undefined;
  } {
    const low = min === undefined ? undefined : checkScore(min, 'min');
    const high = max === undefined ? undefined : checkScore(max, 'max');
    if (low !== undefined && high !== undefined && low > high) throw invalid('min is above max');
    return this.#isDescending ? { best: high, worst: low } : { best: low, worst: high };
  }
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
