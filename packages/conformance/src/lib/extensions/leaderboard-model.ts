import { equal, ok } from '../assert/assert.js';
import type { RowUnderTest } from './leaderboard-conformance.js';

/** The board as a sorted array: highest first, then who reached the score first. */
export class LeaderboardModel {
  readonly #rows = new Map<string, { score: number; seq: number }>();
  #seq = 0;

  set(member: string, score: number): void {
    if (this.#rows.get(member)?.score === score) return;
    this.#seq += 1;
    this.#rows.set(member, { score, seq: this.#seq });
  }

  score(member: string): number | undefined {
    return this.#rows.get(member)?.score;
  }

  remove(member: string): boolean {
    return this.#rows.delete(member);
  }

  /** With dense ranks. */
  rows(): RowUnderTest[] {
    const sorted = [...this.#rows].sort(([, a], [, b]) => b.score - a.score || a.seq - b.seq);
    const scores = [...new Set(sorted.map(([, { score }]) => score))];
    return sorted.map(([member, { score }]) => ({
      member,
      score,
      rank: scores.indexOf(score) + 1,
      data: undefined,
    }));
  }
}

/** Rows as lines: rank, member, score. */
export function plainRows(rows: readonly RowUnderTest[]): string[] {
  return rows.map(({ member, score, rank }) => `${rank} ${member} ${score}`);
}

/** A board whose rows are not in order, or whose ranks do not belong to them, is torn. */
export function expectWhole(rows: readonly RowUnderTest[], first = 1): void {
  rows.forEach(({ member, score, rank }, index) => {
    equal(rank, first + index, `the rank of ${member}`);
    ok(index === 0 || rows[index - 1]!.score >= score, `${member} is not before its better`);
  });
  equal(new Set(rows.map(({ member }) => member)).size, rows.length, 'members, each once');
}
