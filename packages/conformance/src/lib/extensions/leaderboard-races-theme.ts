import { isKvError, type Store } from '@grovekv/kv-core';
import { equal, ok } from '../assert/assert.js';
import { faultyDriver } from '../faults/faulty-driver.js';
import type { ConformanceTest, Theme } from '../suite/theme.js';
import type { LeaderboardConformanceOptions } from './leaderboard-conformance.js';
import { expectWhole } from './leaderboard-model.js';

const RATES = {
  conflictRate: 0.05,
  refusedRate: 0.03,
  lostReplyRate: 0.05,
  lostRequestRate: 0.05,
};

/** A driver in memory answers so soon that timers would never have a turn. */
function turnOfTimers(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

/** Reads again and again until the writers are done; the first error of either is the result. */
async function readWhile(writing: Promise<unknown>, read: () => Promise<void>): Promise<void> {
  let isOver = false;
  const reading = async (): Promise<void> => {
    while (!isOver) {
      await read();
      await turnOfTimers();
    }
  };
  const end = writing.finally(() => {
    isOver = true;
  });
  await Promise.all([end, reading()]);
}

/** The tests of leaderboards among several clients and on a network that fails. */
export function leaderboardRacesTheme({ createLeaderboard }: LeaderboardConformanceOptions): Theme {
  const ordinal = { ranks: 'ordinal' } as const;
  const tests: ConformanceTest[] = [
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
        await readWhile(Promise.all([0, 1, 2].map(write)), async () => {
          const { rows, total } = await boards[3]!.page({ page: 1, size: 400 });
          equal(total, 400, 'members');
          equal(rows.length, 400, 'rows');
          expectWhole(rows);
          const around = await boards[3]!.around('m200', 3);
          expectWhole(around, around[0]?.rank);
        });
        const { rows } = await boards[3]!.page({ page: 1, size: 400 });
        for (const { member, score } of rows) {
          equal(score, Number(member.slice(1)) % 20 < 10 ? 3 : 0, `additions to ${member}`);
        }
      },
    },
    {
      name: 'a page and its total are of one state while members come and go',
      async run({ stores, key }) {
        const boards = (await stores(3)).map((store) => createLeaderboard(store, key(), ordinal));
        const kept = Array.from({ length: 350 }, (_, n) => ({ member: `m${n}`, score: n }));
        await boards[0]!.setMany(kept);
        const guests = (worker: number): string[] =>
          Array.from({ length: 40 }, (_, n) => `guest ${worker} ${n}`);
        const write = async (worker: number): Promise<void> => {
          for (let turn = 0; turn < 8; turn += 1) {
            const own = guests(worker);
            await boards[worker]!.setMany(own.map((member, n) => ({ member, score: n * 8 })));
            await Promise.all(own.map((member) => boards[worker]!.remove(member)));
          }
        };
        await readWhile(Promise.all([0, 1].map(write)), async () => {
          const { rows, total } = await boards[2]!.page({ page: 1, size: 1_000 });
          equal(rows.length, total, 'rows of the only page');
          expectWhole(rows);
          const stays = rows.filter(({ member }) => member.startsWith('m'));
          equal(stays.length, kept.length, 'members that nobody removed');
          const best = await boards[2]!.rank('m349');
          equal([best?.rank, best?.score], [1, 349], 'the best member');
        });
        equal(await boards[2]!.count(), kept.length, 'members in the end');
        for (const member of guests(0)) equal(await boards[2]!.score(member), undefined, member);
      },
    },
    {
      name: 'one member that all change at once keeps every change, and one row',
      async run({ stores, key }) {
        const boards = (await stores(4)).map((store) => createLeaderboard(store, key(), ordinal));
        const results = await Promise.all(
          boards.flatMap((board) =>
            Array.from({ length: 25 }, async (_, n) => {
              // Soon below what the additions have come to: it may count only at the start.
              await board.best('hot', -1 - n);
              return (await board.increment('hot', 10)).score;
            }),
          ),
        );
        const [row, ...others] = await boards[0]!.top(5);
        equal(others.length, 0, 'other rows');
        const start = row!.score - 1_000;
        ok(start >= -25 && start <= -1, `a hundred additions of 10 came to ${row!.score}`);
        equal(Math.max(...results), row!.score, 'the last answer');
      },
    },
    {
      name: 'under faults an acknowledged increment counts once, a failed one at most once',
      async run({ clients, store: open, key, random }) {
        const drivers = await clients(3);
        const stores = drivers.map((driver): Store => {
          const seed = random.int(0, 2 ** 31);
          return open(faultyDriver(driver, { seed, ...RATES }));
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
    {
      name: 'what cannot be read is an error, never an emptier board',
      async run({ driver, store: open, key, random }) {
        const calm = createLeaderboard(open(), key(), ordinal);
        const members = Array.from({ length: 400 }, (_, n) => `m${n}`);
        await calm.setMany(members.map((member, n) => ({ member, score: n })));
        const rates = { refusedRate: 0.3, lostReplyRate: 0.2 };
        let failed = 0;
        for (let turn = 0; turn < 40; turn += 1) {
          const seed = random.int(0, 2 ** 31);
          // A new board each time: what one has read already, it need not read again.
          const store = open(faultyDriver(driver, { seed, ...rates }));
          const board = createLeaderboard(store, key(), ordinal);
          const check = async (call: Promise<unknown>, expected: unknown): Promise<void> => {
            try {
              equal(await call, expected, 'the answer');
            } catch (error) {
              if (!isKvError(error)) throw error;
              failed += 1;
            }
          };
          const member = `m${turn}`;
          await check(board.score(member), turn);
          await check(
            board.rank(member).then((row) => row?.rank),
            400 - turn,
          );
          await check(board.count(), 400);
          await check(
            board.page({ page: 2, size: 3 }).then(({ rows }) => rows.map(({ score }) => score)),
            [396, 395, 394],
          );
        }
        ok(failed > 0, 'no call failed, so nothing was tried');
      },
    },
  ];
  return { name: 'leaderboard among several', tests };
}
