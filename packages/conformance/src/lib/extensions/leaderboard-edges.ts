import { equal } from '../assert/assert.js';
import type { ConformanceTest } from '../suite/theme.js';
import type { LeaderboardConformanceOptions } from './leaderboard-conformance.js';
import { plainRows } from './leaderboard-model.js';

/** The tests of ends and limits: neighbours, pages, caps, data, names. */
export function boardEdges({
  createLeaderboard,
}: LeaderboardConformanceOptions): readonly ConformanceTest[] {
  const ordinal = { ranks: 'ordinal' } as const;
  return [
    {
      name: 'neighbours and pages end where the board ends',
      async run({ store, key }) {
        const board = createLeaderboard(store(), key(), ordinal);
        equal(await board.around('m1', 2), [], 'around on an empty board');
        equal(await board.page({ page: 1, size: 5 }), { rows: [], total: 0 }, 'an empty board');
        await board.setMany([7, 6, 5, 4, 3, 2, 1].map((score) => ({ member: `m${score}`, score })));
        const all = [7, 6, 5, 4, 3, 2, 1].map((score, at) => `${at + 1} m${score} ${score}`);
        for (const [member, each, start, end] of [
          ['m7', 2, 0, 3],
          ['m6', 2, 0, 4],
          ['m4', 2, 1, 6],
          ['m2', 2, 3, 7],
          ['m1', 2, 4, 7],
          ['m4', 0, 3, 4],
          ['m7', 100, 0, 7],
          ['m1', 100, 0, 7],
        ] as const) {
          const rows = plainRows(await board.around(member, each));
          equal(rows, all.slice(start, end), `${each} on either side of ${member}`);
        }
        equal(await board.around('nobody', 2), [], 'around who is not there');
        equal(await board.rank('nobody'), undefined, 'the rank of who is not there');
        equal(plainRows(await board.top(0)), [], 'the first none');
        equal(plainRows(await board.top(100)), all, 'more than there are');
        for (const [page, rows] of [
          [1, all.slice(0, 3)],
          [2, all.slice(3, 6)],
          [3, all.slice(6)],
          [4, []],
        ] as const) {
          const found = await board.page({ page, size: 3 });
          equal(plainRows(found.rows), rows, `page ${page}`);
          equal(found.total, 7, `the total of page ${page}`);
        }
      },
    },
    {
      name: 'a cap keeps the best, whatever brought them',
      async run({ store, key }) {
        const board = createLeaderboard(store(), key(), { ...ordinal, cap: 3 });
        await board.setMany([5, 1, 4, 2, 3].map((score) => ({ member: `m${score}`, score })));
        await board.set('late', 3);
        equal(plainRows(await board.top(9)), ['1 m5 5', '2 m4 4', '3 m3 3'], 'the three best');
        equal(await board.count(), 3, 'members');
        equal(await board.score('late'), undefined, 'who reached it later');
        await board.increment('added', 6);
        equal(plainRows(await board.top(9)), ['1 added 6', '2 m5 5', '3 m4 4'], 'an increment');
        await board.best('best', 4.5);
        equal(plainRows(await board.top(9)), ['1 added 6', '2 m5 5', '3 best 4.5'], 'a best');
        await board.increment('m5', -4);
        equal(await board.count(), 3, 'who becomes worse stays while there is room');
        equal(await board.remove('m4'), false, 'who fell out');
        equal(await board.remove('added'), true, 'who did not');
        await board.set('again', 0);
        equal(plainRows(await board.top(9)), ['1 best 4.5', '2 m5 1', '3 again 0'], 'room again');
      },
    },
    {
      name: 'data goes with its member and nobody else',
      async run({ store, key }) {
        const board = createLeaderboard(store(), key(), { ...ordinal, cap: 3 });
        const dataOf = async (member: string): Promise<unknown> => (await board.rank(member))?.data;
        await board.set('a', 5, { deep: ['é'], of: 'a' });
        await board.set('b', 5, 'of b');
        equal(await dataOf('a'), { deep: ['é'], of: 'a' }, 'data');
        await board.increment('a', 2);
        await board.set('b', 9);
        equal(await dataOf('a'), { deep: ['é'], of: 'a' }, 'data after another score');
        equal(
          (await board.top(2)).map(({ member, data }) => [member, data]),
          [
            ['b', 'of b'],
            ['a', { deep: ['é'], of: 'a' }],
          ],
          'data of rows',
        );
        await board.best('a', 1, 'worse');
        equal(await dataOf('a'), { deep: ['é'], of: 'a' }, 'data of a worse score');
        await board.best('a', 8, 'better');
        equal(await dataOf('a'), 'better', 'data of a better score');
        equal(await board.remove('a'), true, 'removed');
        await board.set('a', 8);
        equal(await dataOf('a'), undefined, 'data of who was removed and came back');
        await board.set('a', 8, 'old');
        const calls = [board.remove('a'), board.set('a', 9), board.set('a', 8)] as const;
        equal((await Promise.all(calls))[0], true, 'removed, not awaited');
        equal(await dataOf('a'), undefined, 'data of who was removed and came back at once');
        equal((await board.rank('a'))?.score, 8, 'calls take effect in their order');
        await board.set('a', 1, 'soon out');
        await board.setMany([2, 3].map((score) => ({ member: `m${score}`, score })));
        equal(await board.score('a'), undefined, 'who fell below the cap');
        await board.set('a', 10);
        equal(await dataOf('a'), undefined, 'data of who fell below the cap and came back');
        await board.clear();
        await board.set('b', 1);
        equal(await dataOf('b'), undefined, 'data of who was cleared and came back');
      },
    },
    {
      name: 'boards do not mix, whatever their names and members are',
      async run({ store, key }) {
        const base = key('n');
        const names = [
          base,
          `${base}:a`,
          `${base}:a:b`,
          `${base}.node`,
          `${base}é`,
          `${base}e\u0301`,
        ];
        const members = ['a:b', 'b', 'a:b:c', 'c', ':', 'é', 'e\u0301'];
        const boards = names.map((name) => createLeaderboard(store(), name, ordinal));
        for (const [n, board] of boards.entries()) {
          await board.setMany(members.map((member, m) => ({ member, score: n * 100 + m })));
        }
        for (const [n, board] of boards.entries()) {
          const best = members.map((member, m) => `${members.length - m} ${member} ${n * 100 + m}`);
          equal(plainRows(await board.top(99)), best.reverse(), `the board ${n}`);
          for (const [m, member] of members.entries()) {
            equal(await board.score(member), n * 100 + m, `the score of ${member}`);
          }
        }
        await boards[0]!.clear();
        equal(await boards[0]!.count(), 0, 'the one that was cleared');
        await boards[1]!.remove('b');
        for (const [n, board] of boards.entries()) {
          const left = n === 0 ? 0 : members.length - (n === 1 ? 1 : 0);
          equal(await board.count(), left, `members of the board ${n}`);
        }
      },
    },
  ];
}
