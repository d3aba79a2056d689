import { equal, ok, rejects } from '../assert/assert.js';
import type { ConformanceTest, Theme } from '../suite/theme.js';
import type { LeaderboardConformanceOptions } from './leaderboard-conformance.js';
import { boardEdges } from './leaderboard-edges.js';
import { LeaderboardModel, plainRows } from './leaderboard-model.js';

/** The test that needs `createPeriods`. */
export const PERIODS = 'each period has a board of its own';

const MEMBERS = [
  'a:b',
  'a',
  'a\u0000b',
  'é',
  'e\u0301',
  'É',
  '😀',
  '\uffff',
  '__proto__',
  ' ',
  ' a',
  '{x}*?[\\',
  '1',
  '01',
];

/** What scores must come back as they are: doubles, not integers of some width. */
const SCORES = [
  0.1 + 0.2,
  Number.MIN_VALUE,
  1 + Number.EPSILON,
  2 ** 31,
  2 ** 32 + 1,
  Number.MAX_SAFE_INTEGER,
  2 ** 53 + 2,
  Number.MAX_VALUE,
];

/** The tests of one client, for boards made by the options. */
export function leaderboardTheme(options: LeaderboardConformanceOptions): Theme {
  const { createLeaderboard, createPeriods } = options;
  const ordinal = { ranks: 'ordinal' } as const;
  const tests: ConformanceTest[] = [
    {
      name: 'random changes answer as a sorted array does',
      async run({ stores, key, random }) {
        const boards = (await stores(2)).map((store) =>
          createLeaderboard(store, key(), { ranks: 'dense' }),
        );
        const model = new LeaderboardModel();
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
          equal(plainRows(await other.around(member, 2)), plainRows(near), 'around');
          const page = random.int(1, 6);
          const { rows: found, total } = await other.page({ page, size: 100 });
          equal(plainRows(found), plainRows(rows.slice((page - 1) * 100, page * 100)), 'a page');
          equal(total, rows.length, 'the size');
        }
        await boards[0]!.clear();
        equal(await boards[1]!.count(), 0, 'members after clear');
        equal(await boards[1]!.top(5), [], 'the top after clear');
        for (const { member } of entries.slice(0, 20)) {
          equal(await boards[1]!.score(member), undefined, 'a score after clear');
          equal(await boards[1]!.rank(member), undefined, 'a rank after clear');
        }
        equal((await boards[1]!.increment('a', 3)).score, 3, 'who was cleared starts anew');
        equal(plainRows(await boards[0]!.top(5)), ['1 a 3'], 'the board anew');
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
      name: 'ties stand in the order in which they reached their score',
      async run({ store, key }) {
        const board = createLeaderboard(store(), key(), { ranks: 'competition' });
        for (const member of ['z', 'm', 'a', 'q', 'b']) await board.set(member, 5);
        await board.set('z', 5);
        await board.increment('z', 0);
        await board.best('z', 5);
        await board.best('m', 4);
        equal(
          plainRows(await board.top(5)),
          ['1 z 5', '1 m 5', '1 a 5', '1 q 5', '1 b 5'],
          'who keeps the score keeps the place',
        );
        await board.set('m', 6);
        await board.set('m', 5);
        await board.increment('a', -1);
        await board.increment('a', 1);
        equal(
          plainRows(await board.top(5)),
          ['1 z 5', '1 q 5', '1 b 5', '1 m 5', '1 a 5'],
          'after leaving and coming back',
        );
        await board.set('last', 4);
        equal((await board.rank('last'))?.rank, 6, 'competition counts the tied');
      },
    },
    {
      name: 'what is no score or member is refused and changes nothing; −0 is 0',
      async run({ store, key }) {
        const board = createLeaderboard(store(), key(), ordinal);
        for (const score of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
          const calls = [
            () => board.set('a', score),
            () => board.increment('a', score),
            () => board.best('a', score),
            () =>
              board.setMany([
                { member: 'b', score: 1 },
                { member: 'a', score },
              ]),
          ];
          for (const call of calls) await rejects(call, 'INVALID_ARGUMENT', `score ${score}`);
        }
        for (const member of ['', '\ud800']) {
          await rejects(() => board.set(member, 1), 'INVALID_KEY', 'no member');
          await rejects(() => board.score(member), 'INVALID_KEY', 'no member');
        }
        equal(await board.count(), 0, 'members');
        await board.set('a', -0);
        equal(await board.score('a'), 0, '−0 is stored as 0');
        equal((await board.increment('a', -0)).score, 0, '0 and −0');
        equal((await board.best('zero', -0)).score, 0, 'the best of −0');
        equal((await board.increment('new', -0)).score, 0, '−0 to nothing');
        equal(
          (await board.top(3)).map(({ score }) => score),
          [0, 0, 0],
          'none of them is −0',
        );
      },
    },
    {
      name: 'scores are doubles, and sums beyond them are refused',
      async run({ store, key }) {
        const board = createLeaderboard(store(), key(), ordinal);
        const scores = [...SCORES, ...SCORES.map((score) => -score)];
        await board.setMany(scores.map((score) => ({ member: `m${score}`, score })));
        for (const score of scores) equal(await board.score(`m${score}`), score, 'the score');
        const found = (await board.top(scores.length)).map(({ score }) => score);
        equal(
          found,
          [...scores].sort((a, b) => b - a),
          'in order',
        );
        await board.set('sum', 0.1);
        equal((await board.increment('sum', 0.2)).score, 0.1 + 0.2, 'a sum of fractions');
        await board.set('sum', Number.MAX_SAFE_INTEGER);
        equal((await board.increment('sum', 1)).score, 2 ** 53, 'a sum past the safe integers');
        for (const sign of [1, -1]) {
          const most = sign * Number.MAX_VALUE;
          await board.set('most', most);
          await rejects(() => board.increment('most', most), 'OUT_OF_RANGE', 'the sum');
          equal(await board.score('most'), most, 'the score stays');
        }
      },
    },
    ...boardEdges(options),
    {
      name: PERIODS,
      async run({ store, key }) {
        ok(createPeriods, 'the option createPeriods is given');
        const periodMs = 3_600_000;
        const settings = { periodMs, keep: 3 };
        const boards = createPeriods(store(), key(), settings);
        const others = createPeriods(store(), key('other'), settings);
        const { start } = boards.current();
        equal(start % periodMs, 0, 'a period starts at a multiple');
        // The clock may pass into the next period meanwhile: what is asked of is named by its time.
        for (const [at, first] of [
          [start, start],
          [start + 1, start],
          [start + periodMs / 2, start],
          [start + periodMs - 1, start],
          [start + periodMs, start + periodMs],
          [start - 1, start - periodMs],
        ] as const) {
          equal(boards.at(at).start, first, `the period of ${at - start} after the start`);
        }
        ok(boards.current().start - boards.previous().start <= 2 * periodMs, 'the one before');
        ok(boards.previous(1).start < boards.current().start, 'previous ones are earlier');
        await boards.at(start).set('a', 1);
        await boards.at(start - 1).set('a', 2);
        await boards.at(start - 1).set('b', 3);
        await others.at(start).set('c', 4);
        equal(plainRows(await boards.at(start).top(9)), ['1 a 1'], 'this period');
        equal(plainRows(await boards.at(start - 1).top(9)), ['1 b 3', '2 a 2'], 'the one before');
        equal(plainRows(await others.at(start).top(9)), ['1 c 4'], 'boards of another name');
        equal(await boards.at(start - periodMs - 1).count(), 0, 'one that nobody wrote to');
        const again = createPeriods(store(), key(), settings);
        equal((await again.at(start).increment('a', 1)).score, 2, 'opened again');
        await boards.at(start).clear();
        equal(await boards.at(start - 1).count(), 2, 'the one before, when this is cleared');
        await boards.at(start - 1).clear();
        await others.at(start).clear();
      },
    },
  ];
  return { name: 'leaderboard', tests };
}
