import { KvError, type Store } from '@grovekv/kv-core';
import type {
  LeaderboardSettings,
  LeaderboardUnderTest,
  PeriodBoardUnderTest,
  PeriodsUnderTest,
  RowUnderTest,
} from '../src/index.js';

/** A member with what orders it. */
export interface Scored {
  readonly member: string;
  readonly score: number;
  /** When it reached the score, counted in changes. */
  readonly seq: number;
}

/** All of a board, in one record. */
export interface BoardState {
  readonly rows: readonly Scored[];
  readonly data: readonly (readonly [member: string, data: unknown])[];
  readonly seq: number;
  /** The last changes, so that one in doubt is not made twice. */
  readonly done: readonly string[];
}

/** What becomes of a board. */
export interface BoardStep<R> {
  readonly put?: BoardState | undefined;
  readonly result: R;
}

export const EMPTY_BOARD: BoardState = { rows: [], data: [], seq: 0, done: [] };

/** The least that a correct leaderboard is, in one record; the broken ones override a method. */
export class SimpleBoard implements LeaderboardUnderTest {
  readonly store: Store;
  readonly key: string;
  readonly settings: LeaderboardSettings;

  constructor(store: Store, name: string, settings: LeaderboardSettings) {
    this.store = store;
    this.key = `board:${name}`;
    this.settings = settings;
  }

  set(member: string, score: number, data?: unknown): Promise<{ readonly score: number }> {
    return this.write(this.checkMember(member), this.checkScore(score), data);
  }

  async increment(member: string, by = 1): Promise<{ readonly score: number }> {
    const [name, more] = [this.checkMember(member), this.checkScore(by)];
    return this.change((state) => {
      const score = this.sum(this.find(state, name)?.score ?? 0, more);
      return { put: this.put(state, name, score), result: { score } };
    });
  }

  async best(member: string, score: number, data?: unknown): Promise<{ readonly score: number }> {
    const [name, next] = [this.checkMember(member), this.checkScore(score)];
    return this.change((state) => {
      const before = this.find(state, name)?.score;
      if (before !== undefined && !this.isBetter(next, before))
        return { result: { score: before } };
      return { put: this.put(state, name, next, data), result: { score: next } };
    });
  }

  async setMany(entries: Iterable<{ member: string; score: number }>): Promise<void> {
    const checked = [...entries].map(({ member, score }) => {
      return { member: this.checkMember(member), score: this.checkScore(score) };
    });
    await this.change((state) => {
      const put = checked.reduce((next, { member, score }) => this.put(next, member, score), state);
      return { put, result: undefined };
    });
  }

  async remove(member: string): Promise<boolean> {
    const name = this.checkMember(member);
    return this.change((state) =>
      this.find(state, name) ? { put: this.without(state, name), result: true } : { result: false },
    );
  }

  async score(member: string): Promise<number | undefined> {
    const name = this.checkMember(member);
    return this.find(await this.state(), name)?.score;
  }

  async rank(member: string): Promise<RowUnderTest | undefined> {
    const name = this.checkMember(member);
    return this.rows(await this.state()).find((row) => row.member === name);
  }

  async top(count: number): Promise<RowUnderTest[]> {
    return this.rows(await this.state()).slice(0, count);
  }

  async around(member: string, each = 5): Promise<RowUnderTest[]> {
    const rows = this.rows(await this.state());
    const at = rows.findIndex((row) => row.member === this.checkMember(member));
    return at < 0 ? [] : this.near(rows, at, each);
  }

  async page({ page, size }: { readonly page: number; readonly size: number }) {
    const rows = this.rows(await this.state());
    return { rows: rows.slice((page - 1) * size, page * size), total: rows.length };
  }

  async count(): Promise<number> {
    return (await this.state()).rows.length;
  }

  async clear(): Promise<void> {
    await this.change(({ seq, done }) => ({
      put: { ...EMPTY_BOARD, seq, done },
      result: undefined,
    }));
  }

  async state(): Promise<BoardState> {
    return (await this.store.get<BoardState>(this.key)) ?? EMPTY_BOARD;
  }

  async change<R>(step: (state: BoardState) => BoardStep<R>): Promise<R> {
    const nonce = crypto.randomUUID().slice(0, 13);
    let mine: BoardStep<R> | undefined;
    return this.store.update<BoardState, R>(
      this.key,
      (stored = EMPTY_BOARD) => {
        if (mine && stored.done.includes(nonce)) return { keep: true, result: mine.result };
        mine = step(stored);
        const { put, result } = mine;
        if (!put) return { keep: true, result };
        return { put: { ...put, done: [nonce, ...put.done].slice(0, 400) }, result };
      },
      { idempotent: true },
    );
  }

  write(member: string, score: number, data?: unknown): Promise<{ readonly score: number }> {
    return this.change((state) => ({
      put: this.put(state, member, score, data),
      result: { score },
    }));
  }

  /** The board with the member at the score. */
  put(state: BoardState, member: string, score: number, data?: unknown): BoardState {
    const before = this.find(state, member);
    const seq = state.seq + 1;
    const row = before?.score === score ? before : { member, score, seq };
    const others = state.rows.filter((other) => other.member !== member);
    const next = { ...state, rows: [...others, row], seq };
    const texts = state.data.filter(([name]) => name !== member);
    return this.trim(data === undefined ? next : { ...next, data: [...texts, [member, data]] });
  }

  /** The board within its cap. */
  trim(state: BoardState): BoardState {
    const { cap = Number.POSITIVE_INFINITY } = this.settings;
    const out = this.sorted(state).slice(cap);
    return out.reduce((next, { member }) => this.without(next, member), state);
  }

  without(state: BoardState, member: string): BoardState {
    const rows = state.rows.filter((row) => row.member !== member);
    return { ...state, rows, data: state.data.filter(([name]) => name !== member) };
  }

  find(state: BoardState, member: string): Scored | undefined {
    return state.rows.find((row) => row.member === member);
  }

  compare(a: Scored, b: Scored): number {
    return b.score - a.score || a.seq - b.seq;
  }

  sorted({ rows }: BoardState): Scored[] {
    return [...rows].sort((a, b) => this.compare(a, b));
  }

  rows(state: BoardState): RowUnderTest[] {
    const sorted = this.sorted(state);
    const scores = sorted.map(({ score }) => score);
    const data = new Map(state.data);
    return sorted.map(({ member, score }, at) => {
      return { member, score, rank: this.rankOf(scores, at), data: data.get(member) };
    });
  }

  rankOf(scores: readonly number[], at: number): number {
    const { ranks } = this.settings;
    const first = scores.indexOf(scores[at]!);
    if (ranks === 'dense') return new Set(scores.slice(0, first)).size + 1;
    return (ranks === 'competition' ? first : at) + 1;
  }

  near(rows: readonly RowUnderTest[], at: number, each: number): RowUnderTest[] {
    return rows.slice(Math.max(0, at - each), at + each + 1);
  }

  isBetter(score: number, than: number): boolean {
    return score > than;
  }

  sum(score: number, by: number): number {
    const sum = score + by;
    if (!Number.isFinite(sum)) throw new KvError('OUT_OF_RANGE', 'the sum is not finite');
    return sum + 0;
  }

  checkMember(member: string): string {
    if (member !== '' && member.isWellFormed()) return member;
    throw new KvError('INVALID_KEY', 'no member');
  }

  checkScore(score: number): number {
    if (Number.isFinite(score)) return score + 0;
    throw new KvError('INVALID_ARGUMENT', 'no score');
  }
}

/** A board a period; the broken ones override a method. */
export class SimplePeriods implements PeriodsUnderTest {
  readonly store: Store;
  readonly name: string;
  readonly periodMs: number;

  constructor(store: Store, name: string, { periodMs }: { readonly periodMs: number }) {
    this.store = store;
    this.name = name;
    this.periodMs = periodMs;
  }

  current(): PeriodBoardUnderTest {
    return this.at(this.store.clock.now());
  }

  at(time: number): PeriodBoardUnderTest {
    const start = this.startOf(time);
    const board = new SimpleBoard(this.store, this.nameOf(start), { ranks: 'ordinal' });
    return Object.assign(board, { start });
  }

  previous(count = 1): PeriodBoardUnderTest {
    return this.at(this.store.clock.now() - count * this.periodMs);
  }

  startOf(time: number): number {
    return Math.floor(time / this.periodMs) * this.periodMs;
  }

  nameOf(start: number): string {
    return `${this.periodMs}:${start}:${this.name}`;
  }
}
