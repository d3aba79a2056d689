import { KvError } from '@grovekv/kv-core';
import type {
  ChangeResult,
  RankedEntry,
  RankKind,
  SortedAnswer,
  SortedChange,
  SortedOrder,
  SortedQuery,
} from '@grovekv/kv-core/driver';
import { byBytes } from '../bytes/by-bytes.js';

/** A member as it is stored. */
export interface SortedRow {
  readonly member: string;
  score: number;
  /** When it reached its score. */
  seq: number;
  data: string | undefined;
}

/** A native sorted set as an array: as plain as can be, made of small methods for mutants to override. */
export class ReferenceSortedSet {
  readonly order: SortedOrder;
  expiresAt = Number.POSITIVE_INFINITY;
  protected rows: SortedRow[] = [];
  #seq = 0;

  constructor(order: SortedOrder) {
    this.order = order;
  }

  get isEmpty(): boolean {
    return this.rows.length === 0;
  }

  change(changes: readonly SortedChange[], cap: number | undefined): (ChangeResult | KvError)[] {
    const results = changes.map((change) => this.changeOne(change));
    this.rows.sort((a, b) => this.compare(a, b));
    this.rows = this.rows.slice(0, cap);
    return results;
  }

  answer(query: SortedQuery): SortedAnswer {
    const total = this.rows.length;
    const answer = (
      rows: readonly SortedRow[],
      ranks: RankKind,
      matching = total,
    ): SortedAnswer => ({
      total,
      matching,
      entries: rows.map((row) => this.ranked(row, ranks)),
    });
    switch (query.type) {
      case 'count':
        return { total, matching: this.within(query).length, entries: [] };
      case 'members': {
        const { members, ranks } = query;
        const entries = members.map((member) => {
          const row = this.rows.find((other) => other.member === member);
          if (!row) return undefined;
          if (ranks !== 'none') return this.ranked(row, ranks);
          return { member, score: row.score, data: undefined, rank: 0 };
        });
        return { total, matching: total, entries };
      }
      case 'slice':
        return answer(this.rows.slice(query.start, query.end), query.ranks);
      case 'around': {
        const index = this.rows.findIndex(({ member }) => member === query.member);
        if (index < 0) return answer([], query.ranks);
        const start = Math.max(0, index - query.each);
        return answer(this.rows.slice(start, index + query.each + 1), query.ranks);
      }
      case 'range': {
        const { offset, limit, ranks } = query;
        const rows = this.within(query);
        return answer(rows.slice(offset, offset + limit), ranks, rows.length);
      }
    }
  }

  protected changeOne(change: SortedChange): ChangeResult | KvError {
    const { member } = change;
    const row = this.rows.find((other) => other.member === member);
    const previous = row?.score;
    if (change.type === 'remove') {
      this.rows = this.rows.filter((other) => other !== row);
      return { score: undefined, previous };
    }
    const sum = change.type === 'increment' ? (previous ?? 0) + change.by : change.score;
    if (!Number.isFinite(sum)) return new KvError('OUT_OF_RANGE', 'beyond the finite numbers');
    if (change.type === 'best' && row && !this.isBetter(sum, row.score)) {
      return { score: previous, previous };
    }
    const next = row ?? { member, score: Number.NaN, seq: 0, data: undefined };
    if (!row) this.rows.push(next);
    if (next.score !== sum) next.seq = this.nextSeq();
    next.score = sum + 0;
    if (change.data !== undefined) next.data = change.data ?? undefined;
    return { score: next.score, previous };
  }

  protected isBetter(score: number, than: number): boolean {
    return this.order.direction === 'ascending' ? score < than : score > than;
  }

  protected nextSeq(): number {
    this.#seq += 1;
    return this.#seq;
  }

  protected compare(a: SortedRow, b: SortedRow): number {
    if (a.score !== b.score) return this.isBetter(a.score, b.score) ? -1 : 1;
    return this.order.ties === 'first' ? a.seq - b.seq : byBytes(a.member, b.member);
  }

  protected within(bounds: {
    readonly best?: number | undefined;
    readonly worst?: number | undefined;
  }): SortedRow[] {
    const { best, worst } = bounds;
    return this.rows.filter(
      ({ score }) =>
        (best === undefined || !this.isBetter(score, best)) &&
        (worst === undefined || !this.isBetter(worst, score)),
    );
  }

  protected ranked(row: SortedRow, kind: RankKind): RankedEntry {
    const { member, score, data } = row;
    return { member, score, data, rank: this.rankOf(row, kind) };
  }

  protected rankOf(row: SortedRow, kind: RankKind): number {
    if (kind === 'ordinal') return this.rows.indexOf(row) + 1;
    const better = this.rows.filter(({ score }) => this.isBetter(score, row.score));
    if (kind === 'competition') return better.length + 1;
    return new Set(better.map(({ score }) => score)).size + 1;
  }
}
