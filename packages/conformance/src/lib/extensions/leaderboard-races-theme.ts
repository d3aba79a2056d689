import { isKvError, type Store } from '@grovekv/kv-core';
import { equal, ok } from '../assert/assert.js';
import { faultyDriver } from '../faults/faulty-driver.js';
import type { TestContext } from '../suite/test-context.js';
import type { ConformanceTest, Theme } from '../suite/theme.js';
import type { LeaderboardConformanceOptions } from './leaderboard-conformance.js';
import { expectWhole, plainRows } from './leaderboard-model.js';

const RATES = {
  conflictRate: 0.05,
  refusedRate: 0.03,
  lostReplyRate: 0.05,
  lostRequestRate: 0.05,
};

/** States that readers see at least while others write. */
const LEAST_READS = 15;

/** On so many clients, each call of which takes a time of its own, so that all orders come about. */
async function slowStores(context: TestContext, count: number): Promise<Store[]> {
  const drivers = await context.clients(count);
  return drivers.map((driver) =>
    context.store(faultyDriver(driver, { seed: context.random.int(0, 2 ** 31), delayMs: [0, 4] })),
  );
}

/**
 * Has every writer take turns for as long as there has not been enough read, and reads until all are
 * done. Answers how many turns each took.
 */
async function readAmongWrites(
  writers: readonly ((turn: number) => Promise<unknown>)[],
  read: () => Promise<void>,
): Promise<number[]> {
  let reads = 0;
  let running = writers.length;
  const writing = writers.map(async (write): Promise<number> => {
    try {
      for (let turn = 0; ; turn += 1) {
        if (turn >= 5 && reads >= LEAST_READS) return turn;
        await write(turn);
      }
    } finally {
      running -= 1;
    }
  });
  const reading = async (): Promise<void> => {
    while (running > 0) {
      await read();
      reads += 1;
    }
  };
  const [turns] = await Promise.all([
    Promise.all(writing),
    reading().catch((error: unknown) => {
      // Nobody waits for more of them.
      reads = Number.POSITIVE_INFINITY;
      throw error;
    }),
  ]);
  return turns;
}

/** The tests of leaderboards among several clients and on a network that fails. */
export function leaderboardRacesTheme({ createLeaderboard }: LeaderboardConformanceOptions): Theme {
  const ordinal = { ranks: 'ordinal' } as const;
  const tests: ConformanceTest[] = [
    {
      name: 'no update is lost among several clients, and every answer is from one state',
      async run(context) {
        const { key } = context;
        const stores = await slowStores(context, 4);
        const boards = stores.map((store) => createLeaderboard(store, key(), ordinal));
        const members = Array.from({ length: 400 }, (_, n) => `m${n}`);
        await boards[0]!.setMany(members.map((member) => ({ member, score: 0 })));
        const write = (worker: number) => (turn: number) => {
          const own = members.filter((_, n) => n % 20 === turn % 20);
          return Promise.all(own.map((member) => boards[worker]!.increment(member, 1)));
        };
        const turns = await readAmongWrites([0, 1, 2].map(write), async () => {
          const { rows, total } = await boards[3]!.page({ page: 1, size: 400 });
          equal(total, 400, 'members');
          equal(rows.length, 400, 'rows');
          expectWhole(rows);
          // The others pass it one after the other, and then it passes them.
          const around = await boards[3]!.around('m19', 3);
          expectWhole(around, around[0]?.rank);
          const at = around.findIndex(({ member }) => member === 'm19');
          ok(at >= 0, 'neighbours without the member');
          equal(at, Math.min(3, around[at]!.rank - 1), 'neighbours before the member');
          equal((await boards[3]!.rank('m19'))?.member, 'm19', 'a member that stays');
        });
        const { rows } = await boards[3]!.page({ page: 1, size: 400 });
        for (const { member, score } of rows) {
          const part = Number(member.slice(1)) % 20;
          const added = turns.reduce((sum, count) => sum + Math.ceil((count - part) / 20), 0);
          equal(score, added, `additions to ${member}`);
        }
      },
    },
    {
      name: 'a page and its total are of one state while members come and go',
      async run(context) {
        const { key } = context;
        const stores = await slowStores(context, 3);
        const boards = stores.map((store) => createLeaderboard(store, key(), ordinal));
        const kept = Array.from({ length: 350 }, (_, n) => ({ member: `m${n}`, score: n }));
        await boards[0]!.setMany(kept);
        const write = (worker: number) => async (): Promise<void> => {
          const guests = Array.from({ length: 40 }, (_, n) => `guest ${worker} ${n}`);
          await boards[worker]!.setMany(guests.map((member, n) => ({ member, score: n * 8 })));
          await Promise.all(guests.map((member) => boards[worker]!.remove(member)));
        };
        await readAmongWrites([0, 1].map(write), async () => {
          const { rows, total } = await boards[2]!.page({ page: 1, size: 1_000 });
          equal(rows.length, total, 'rows of the only page');
          expectWhole(rows);
          const stays = rows.filter(({ member }) => member.startsWith('m'));
          equal(stays.length, kept.length, 'members that nobody removed');
          const best = await boards[2]!.rank('m349');
          equal([best?.rank, best?.score], [1, 349], 'the best member');
        });
        equal(await boards[2]!.count(), kept.length, 'members in the end');
        equal(await boards[2]!.score('guest 0 1'), undefined, 'who left');
      },
    },
    {
      name: 'who is too slow for the grace starts over, and misses nobody',
      async run(context) {
        const { key } = context;
        const stores = await slowStores(context, 3);
        const settings = { ...ordinal, graceMs: 1 };
        const boards = stores.map((store) => createLeaderboard(store, key(), settings));
        const members = Array.from({ length: 600 }, (_, n) => `m${n}`);
        await boards[0]!.setMany(members.map((member, n) => ({ member, score: n })));
        const write = (worker: number) => async (turn: number) => {
          const own = members.filter((_, n) => n % 30 === (turn + worker * 15) % 30);
          await boards[worker]!.setMany(own.map((member, n) => ({ member, score: turn * n })));
          await context.pass(1);
        };
        await readAmongWrites([0, 1].map(write), async () => {
          const { rows, total } = await boards[2]!.page({ page: 1, size: 1_000 });
          equal([rows.length, total], [600, 600], 'members');
          expectWhole(rows);
          const some = `m${context.random.int(0, 599)}`;
          equal((await boards[2]!.rank(some))?.member, some, 'a member that stays');
        });
      },
    },
    {
      name: 'one member that all change at once keeps every change, and one row',
      async run(context) {
        const { key } = context;
        const stores = await slowStores(context, 4);
        const boards = stores.map((store) => createLeaderboard(store, key(), ordinal));
        const results = await Promise.all(
          boards.flatMap((board) =>
            Array.from({ length: 25 }, async (_, n) => {
              await board.best('best', 1_000 - n);
              return (await board.increment('sum', 10)).score;
            }),
          ),
        );
        const rows = plainRows(await boards[0]!.top(5));
        equal(rows, ['1 best 1000', '2 sum 1000'], 'both rows');
        const each = results.sort((a, b) => a - b);
        equal(
          each,
          Array.from({ length: 100 }, (_, n) => (n + 1) * 10),
          'the answers',
        );
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
