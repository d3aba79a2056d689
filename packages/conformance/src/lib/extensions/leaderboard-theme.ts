import { isKvError, type Store } from '@grovekv/kv-core';
import { equal, ok, rejects } from '../assert/assert.js';
import { faultyDriver } from '../faults/faulty-driver.js';
import type { ConformanceTest, Theme } from '../suite/theme.js';
import type { LeaderboardConformanceOptions, RowUnderTest } from './leaderboard-conformance.js';

const MEMBERS = [
  'a:b',
  'a',
  'a\u0000b',
  'é',
  'e\u0301',
  '😀',
  '\uffff',
  '__proto__',
  ' ',
  '{x}*?[\\',
];

/** The board as a sorted array: highest first, then who reached the score first. */
class Model {
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

function plain(rows: readonly RowUnderTest[]): string[] {
  return rows.map(({ member, score, rank }) => `${rank} ${member} ${score}`);
}

/** A board whose rows are not in order, or whose ranks do not belong to them, is torn. */
function expectWhole(rows: readonly RowUnderTest[], first = 1): void {
  rows.forEach(({ member, score, rank }, index) => {
    equal(rank, first + index, `the rank of ${member}`);
    ok(index === 0 || rows[index - 1]!.score >= score, `${member} is not before its better`);
  });
  equal(new Set(rows.map(({ member }) => member)).size, rows.length, 'members, each once');
}

/** The tests of leaderboards, for boards made by the options. */
export function leaderboardTheme({ createLeaderboard }: LeaderboardConformanceOptions): Theme {
  const ordinal = { ranks: 'ordinal' } as const;
  const tests: ConformanceTest[] = [
    {
      name: 'random changes answer as a sorted array does',
      async run({ stores, key, random }) {
        const boards = (await stores(2)).map((store) =>
          createLeaderboard(store, key(), { ranks: 'dense' }),
        );
        const model = new Model();
        const members = [...MEMBERS, ...Array.from({ length: 500 }, (_, n) => `member ${n}`)];
        const entries = members.map((member) => ({ member, score: random.int(-20, 20) }));
        await boards[0]!.setMany(entries);
        for (const { member, score } of entries) model.set(member, score);
        for (let turn = 0; turn < 30; turn += 1) {
          const board = boards[turn % 2]!;
          const member = members[random.int(0, members.length - 1)]!;
          const before = model.score(member);
          const score = random.int(-20, 20);
          const kind = random.int(0, 3);
          if (kind === 0) {
            await board.set(member, score);
            model.set(member, score);
          } else if (kind === 1) {
            const next = (before ?? 0) + score;
            equal((await board.increment(member, score)).score, next, 'the sum');
            model.set(member, next);
          } else if (kind === 2) {
            const next = Math.max(before ?? score, score);
            equal((await board.best(member, score)).score, next, 'the best');
            model.set(member, next);
          } else equal(await board.remove(member), model.remove(member), 'removed');
          const other = boards[(turn + 1) % 2]!;
          const rows = model.rows();
          const at = rows.findIndex((row) => row.member === member);
          equal(await other.score(member), model.score(member), 'score');
          equal((await other.rank(member))?.rank, rows[at]?.rank, 'rank');
          const near = at < 0 ? [] : rows.slice(Math.max(0, at - 2), at + 3);
          equal(plain(await other.around(member, 2)), plain(near), 'around');
          const page = random.int(1, 6);
          const { rows: found, total } = await other.page({ page, size: 100 });
          equal(plain(found), plain(rows.slice((page - 1) * 100, page * 100)), 'a page');
          equal(total, rows.length, 'the size');
        }
        await boards[0]!.clear();
        equal(await boards[1]!.count(), 0, 'members after clear');
        equal(await boards[1]!.top(5), [], 'the top after clear');
      },
    },
    {
      name: 'a process that has not looked for long joins in again',
      async run({ stores, key }) {
        const [idle, busy] = (await stores(2)).map((store) =>
          createLeaderboard(store, key(), ordinal),
        );
        await idle!.increment('ada', 1);
        for (let turn = 0; turn < 40; turn += 1) await busy!.increment('ada', 1);
        equal((await idle!.increment('ada', 1)).score, 42, 'the score');
      },
    },
    {
      name: 'no update is lost among several clients, and every answer is from one state',
      async run({ stores, key }) {
        const boards = (await stores(4)).map((store) => createLeaderboard(store, key(), ordinal));
        const members = Array.from({ length: 400 }, (_, n) => `m${n}`);
        await boards[0]!.setMany(members.map((member) => ({ member, score: 0 })));
        const write = async (worker: number): Promise<void> => {
          for (let turn = 0; turn < 10; turn += 1) {
            const own = members.filter((_, n) => n % 20 === turn % 20);
            await Promise.all(own.map((member) => boards[worker]!.increment(member, 1)));
          }
        };
        let isOver = false;
        const read = async (): Promise<void> => {
          while (!isOver) {
            const { rows, total } = await boards[3]!.page({ page: 1, size: 400 });
            equal(total, 400, 'members');
            equal(rows.length, 400, 'rows');
            expectWhole(rows);
            const around = await boards[3]!.around('m200', 3);
            expectWhole(around, around[0]?.rank);
            // A driver in memory answers so soon that timers would never have a turn.
            await new Promise((resolve) => setTimeout(resolve, 0));
          }
        };
        const reading = read();
        const writing = Promise.all([0, 1, 2].map(write)).finally(() => {
          isOver = true;
        });
        await Promise.all([writing, reading]);
        const { rows } = await boards[3]!.page({ page: 1, size: 400 });
        for (const { member, score } of rows) {
          equal(score, Number(member.slice(1)) % 20 < 10 ? 3 : 0, `additions to ${member}`);
        }
      },
    },
    {
      name: 'ties stand in the order in which they reached their score',
      async run({ store, key }) {
        const board = createLeaderboard(store(), key(), { ranks: 'competition' });
        for (const member of ['z', 'm', 'a']) await board.set(member, 5);
        await board.set('z', 5);
        await board.set('m', 6);
        await board.set('m', 5);
        equal(
          plain(await board.top(5)),
          ['1 z 5', '1 a 5', '1 m 5'],
          'after leaving and coming back',
        );
        await board.set('last', 4);
        equal((await board.rank('last'))?.rank, 4, 'competition counts the tied');
      },
    },
    {
      name: 'what is no score or member is refused and changes nothing; −0 is 0',
      async run({ store, key }) {
        const board = createLeaderboard(store(), key(), ordinal);
        for (const score of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
          await rejects(() => board.set('a', score), 'INVALID_ARGUMENT', `score ${score}`);
          await rejects(() => board.increment('a', score), 'INVALID_ARGUMENT', `by ${score}`);
        }
        for (const member of ['', '\ud800']) {
          await rejects(() => board.set(member, 1), 'INVALID_KEY', 'no member');
        }
        equal(await board.count(), 0, 'members');
        await board.set('a', -0);
        ok(Object.is(await board.score('a'), 0), '−0 is stored as 0');
        await board.set('a', Number.MAX_VALUE);
        await rejects(() => board.increment('a', Number.MAX_VALUE), 'OUT_OF_RANGE', 'the sum');
        equal(await board.score('a'), Number.MAX_VALUE, 'the score stays');
        await board.set('data', 1, { deep: ['é'] });
        equal((await board.rank('data'))?.data, { deep: ['é'] }, 'data');
      },
    },
    {
      name: 'a cap keeps the best',
      async run({ store, key }) {
        const board = createLeaderboard(store(), key(), { ...ordinal, cap: 3 });
        await board.setMany([5, 1, 4, 2, 3].map((score) => ({ member: `m${score}`, score })));
        await board.set('late', 3);
        equal(plain(await board.top(9)), ['1 m5 5', '2 m4 4', '3 m3 3'], 'the three best');
        equal(await board.score('late'), undefined, 'who reached it later');
      },
    },
    {
      name: 'under faults an acknowledged increment counts once, a failed one at most once',
      async run({ clients, store: open, key, random }) {
        const drivers = await clients(3);
        const stores = drivers.map((driver): Store => {
          const rates = { conflictRate: 0.05, refusedRate: 0.03, lostReplyRate: 0.05 };
          const seed = random.int(0, 2 ** 31);
          return open(faultyDriver(driver, { seed, ...rates, lostRequestRate: 0.05 }));
        });
        const fill = createLeaderboard(open(), key(), ordinal);
        const members = Array.from({ length: 400 }, (_, n) => `m${n}`);
        await fill.setMany(members.map((member) => ({ member, score: 0 })));
        let [sure, unsure] = [0, 0];
        await Promise.all(
          stores.map(async (store) => {
            const board = createLeaderboard(store, key(), ordinal);
            for (let turn = 0; turn < 25; turn += 1) {
              const member = members[random.int(0, members.length - 1)]!;
              try {
                await board.increment(member, 1);
                sure += 1;
              } catch (error) {
                if (!isKvError(error)) throw error;
                if (error.outcome === 'unknown') unsure += 1;
              }
            }
          }),
        );
        const { rows } = await fill.page({ page: 1, size: 1000 });
        expectWhole(rows);
        equal(rows.length, members.length, 'members');
        const sum = rows.reduce((total, { score }) => total + score, 0);
        ok(sum >= sure, `${sure} were acknowledged, ${sum} count`);
        ok(sum <= sure + unsure, `${sure} were acknowledged, ${unsure} in doubt, ${sum} count`);
        for (const member of members.slice(0, 20))
          equal((await fill.rank(member))?.member, member, 'its own row');
      },
    },
  ];
  return { name: 'leaderboard', tests };
}
