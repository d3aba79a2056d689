import type { RowUnderTest } from '../src/index.js';
import { type BoardState, type BoardStep, type Scored, SimpleBoard } from './simple-leaderboard.js';

/** Boards that answer wrongly, each with one bug; the suite has to find all of them. */
export const brokenLeaderboards: Readonly<Record<string, typeof SimpleBoard>> = {
  'orders ties by chance': class extends SimpleBoard {
    override compare(a: Scored, b: Scored): number {
      return b.score - a.score || Math.random() - 0.5;
    }
  },
  'orders ties by name': class extends SimpleBoard {
    override compare(a: Scored, b: Scored): number {
      return b.score - a.score || (a.member < b.member ? -1 : 1);
    }
  },
  'puts the last achiever first': class extends SimpleBoard {
    override compare(a: Scored, b: Scored): number {
      return b.score - a.score || b.seq - a.seq;
    }
  },
  'moves who sets the same score again behind its ties': class extends SimpleBoard {
    override put(state: BoardState, member: string, score: number, data?: unknown): BoardState {
      const others = state.rows.filter((row) => row.member !== member);
      return super.put({ ...state, rows: others }, member, score, data);
    }
  },
  'moves whom a best did not beat behind its ties': class extends SimpleBoard {
    override async best(member: string, score: number, data?: unknown) {
      const result = await super.best(member, score, data);
      if (result.score === score) await this.change((state) => this.away(state, member));
      return result.score === score ? this.set(member, score, data) : result;
    }
    away(state: BoardState, member: string): BoardStep<undefined> {
      return { put: this.without(state, member), result: undefined };
    }
  },
  'gives back the place of a score that was left': class extends SimpleBoard {
    override put(state: BoardState, member: string, score: number, data?: unknown): BoardState {
      const seq = this.find(state, member)?.seq;
      const next = super.put(state, member, score, data);
      const rows = next.rows.map((row) => (row.member === member && seq ? { ...row, seq } : row));
      return { ...next, rows };
    }
  },
  'ranks from 0': class extends SimpleBoard {
    override rankOf(scores: readonly number[], at: number): number {
      return super.rankOf(scores, at) - 1;
    }
  },
  'ranks one worse from the second on': class extends SimpleBoard {
    override rankOf(scores: readonly number[], at: number): number {
      return super.rankOf(scores, at) + (at > 0 ? 1 : 0);
    }
  },
  'counts dense ranks as competition': class extends SimpleBoard {
    override rankOf(scores: readonly number[], at: number): number {
      if (this.settings.ranks !== 'dense') return super.rankOf(scores, at);
      return scores.indexOf(scores[at]!) + 1;
    }
  },
  'counts competition ranks as dense': class extends SimpleBoard {
    override rankOf(scores: readonly number[], at: number): number {
      if (this.settings.ranks !== 'competition') return super.rankOf(scores, at);
      return new Set(scores.slice(0, at + 1)).size;
    }
  },
  'takes neighbours from the other end': class extends SimpleBoard {
    override near(rows: readonly RowUnderTest[], at: number, each: number): RowUnderTest[] {
      return rows.slice(at - each, at + each + 1);
    }
  },
  'gives the first as many neighbours as the others': class extends SimpleBoard {
    override near(rows: readonly RowUnderTest[], at: number, each: number): RowUnderTest[] {
      const start = Math.max(0, at - each);
      return rows.slice(start, start + 2 * each + 1);
    }
  },
  'loses the last of the board among neighbours': class extends SimpleBoard {
    override near(rows: readonly RowUnderTest[], at: number, each: number): RowUnderTest[] {
      return rows.slice(Math.max(0, at - each), Math.min(rows.length - 1, at + each + 1));
    }
  },
  'shows the top around who is not there': class extends SimpleBoard {
    override async around(member: string, each = 5) {
      const rows = await super.around(member, each);
      return rows.length > 0 ? rows : this.top(each);
    }
  },
  'keeps −0': class extends SimpleBoard {
    override sum(score: number, by: number): number {
      const sum = super.sum(score, by);
      return sum === 0 && Object.is(by, -0) ? -0 : sum;
    }
    override checkScore(score: number): number {
      super.checkScore(score);
      return score;
    }
  },
  'takes NaN for 0': class extends SimpleBoard {
    override checkScore(score: number): number {
      return super.checkScore(Number.isNaN(score) ? 0 : score);
    }
  },
  'takes infinities for the largest numbers': class extends SimpleBoard {
    override checkScore(score: number): number {
      return super.checkScore(Math.max(-Number.MAX_VALUE, Math.min(Number.MAX_VALUE, score)));
    }
  },
  'stores the entries before a bad one': class extends SimpleBoard {
    override async setMany(entries: Iterable<{ member: string; score: number }>): Promise<void> {
      for (const { member, score } of entries) await this.set(member, score);
    }
  },
  'rounds scores to integers': class extends SimpleBoard {
    override checkScore(score: number): number {
      return Math.round(super.checkScore(score));
    }
  },
  'keeps scores in 32 bits': class extends SimpleBoard {
    override checkScore(score: number): number {
      const checked = super.checkScore(score);
      return Number.isInteger(checked) ? checked | 0 : checked;
    }
  },
  'keeps scores as single floats': class extends SimpleBoard {
    override checkScore(score: number): number {
      const single = Math.fround(super.checkScore(score));
      return Number.isFinite(single) ? single : score;
    }
  },
  'stops at the largest number': class extends SimpleBoard {
    override sum(score: number, by: number): number {
      return Math.max(-Number.MAX_VALUE, Math.min(Number.MAX_VALUE, score + by)) + 0;
    }
  },
  'drops what is past the safe integers': class extends SimpleBoard {
    override sum(score: number, by: number): number {
      const sum = super.sum(score, by);
      return Math.abs(sum) <= Number.MAX_SAFE_INTEGER ? sum : score;
    }
  },
  'replaces a better score': class extends SimpleBoard {
    override isBetter(): boolean {
      return true;
    }
  },
  'keeps the first score as the best': class extends SimpleBoard {
    override isBetter(): boolean {
      return false;
    }
  },
  'replaces the data of a better score': class extends SimpleBoard {
    override async best(member: string, score: number, data?: unknown) {
      const result = await super.best(member, score, data);
      return this.set(member, result.score, data) as Promise<{ readonly score: number }>;
    }
  },
  'normalises members': class extends SimpleBoard {
    override checkMember(member: string): string {
      return super.checkMember(member).normalize('NFC');
    }
  },
  'trims members': class extends SimpleBoard {
    override checkMember(member: string): string {
      return super.checkMember(member).trim() || ' ';
    }
  },
  'cuts members at a zero': class extends SimpleBoard {
    override checkMember(member: string): string {
      return super.checkMember(member).split('\u0000')[0]!;
    }
  },
  'takes members that no text holds': class extends SimpleBoard {
    override checkMember(member: string): string {
      return super.checkMember(`${member}`.toWellFormed() || 'none');
    }
  },
  'keeps data of who was removed': class extends SimpleBoard {
    override without(state: BoardState, member: string): BoardState {
      return { ...super.without(state, member), data: state.data };
    }
  },
  'takes a removal that is followed by a score for none': class extends SimpleBoard {
    readonly #leaving = new Set<string>();
    override async remove(member: string): Promise<boolean> {
      this.#leaving.add(member);
      await undefined;
      return this.#leaving.delete(member) ? super.remove(member) : true;
    }
    override set(member: string, score: number, data?: unknown) {
      this.#leaving.delete(member);
      return super.set(member, score, data);
    }
  },
  'loses data with the next score': class extends SimpleBoard {
    override put(state: BoardState, member: string, score: number, data?: unknown): BoardState {
      return super.put(
        this.find(state, member) ? this.bare(state, member) : state,
        member,
        score,
        data,
      );
    }
    bare(state: BoardState, member: string): BoardState {
      return { ...state, data: state.data.filter(([name]) => name !== member) };
    }
  },
  'knows no cap': class extends SimpleBoard {
    override trim(state: BoardState): BoardState {
      return state;
    }
  },
  'caps only what is set': class extends SimpleBoard {
    override increment(member: string, by = 1) {
      return new SimpleBoard(this.store, this.key.slice('board:'.length), {
        ranks: this.settings.ranks,
      }).increment(member, by);
    }
  },
  'evicts the best': class extends SimpleBoard {
    override trim(state: BoardState): BoardState {
      const { cap = Number.POSITIVE_INFINITY } = this.settings;
      const out = this.sorted(state).slice(0, Math.max(0, state.rows.length - cap));
      return out.reduce((next, { member }) => this.without(next, member), state);
    }
  },
  'evicts who is not new': class extends SimpleBoard {
    override trim(state: BoardState): BoardState {
      const { cap = Number.POSITIVE_INFINITY } = this.settings;
      const old = [...state.rows].sort((a, b) => b.seq - a.seq).slice(cap);
      return old.reduce((next, { member }) => this.without(next, member), state);
    }
  },
  'clears the ranks and keeps the scores': class extends SimpleBoard {
    override async clear(): Promise<void> {
      await this.change((state) => ({
        put: { ...state, rows: state.rows.map((row) => ({ ...row, seq: -1 })) },
        result: undefined,
      }));
    }
    override rows(state: BoardState): RowUnderTest[] {
      return super.rows({ ...state, rows: state.rows.filter(({ seq }) => seq > 0) });
    }
    override async count(): Promise<number> {
      return this.rows(await this.state()).length;
    }
  },
  'clears all but the last page': class extends SimpleBoard {
    override async clear(): Promise<void> {
      const rows = this.rows(await this.state()).slice(0, 500);
      for (const { member } of rows) await this.remove(member);
    }
  },
  'clears members and keeps data': class extends SimpleBoard {
    override async clear(): Promise<void> {
      await this.change((state) => ({ put: { ...state, rows: [] }, result: undefined }));
    }
  },
  'joins board and member with a colon': class extends SimpleBoard {
    override async state(): Promise<BoardState> {
      return this.own(await super.state());
    }
    override change<R>(step: (state: BoardState) => BoardStep<R>): Promise<R> {
      return super.change((all) => {
        const { put, result } = step(this.own(all));
        if (!put) return { result };
        const others = all.rows.filter(({ member }) => !member.startsWith(this.ofBoard));
        const rows = put.rows.map((row) => ({ ...row, member: this.ofBoard + row.member }));
        return { put: { ...put, rows: [...others, ...rows] }, result };
      });
    }
    own(all: BoardState): BoardState {
      const rows = all.rows.filter(({ member }) => member.startsWith(this.ofBoard));
      const own = rows.map((row) => ({ ...row, member: row.member.slice(this.ofBoard.length) }));
      return { ...all, rows: own };
    }
    /** All boards of one test are one record, as where keys of members begin with the board's. */
    get ofBoard(): string {
      return `${this.name}:`;
    }
    private readonly name: string;
    constructor(...[store, name, settings]: ConstructorParameters<typeof SimpleBoard>) {
      super(store, name.slice(0, name.indexOf(':')), settings);
      this.name = name;
    }
  },
};
