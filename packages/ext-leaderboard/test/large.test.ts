import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { lmdbDriver } from '@grovekv/driver-lmdb';
import { memcachedDriver } from '@grovekv/driver-memcached';
import { redisDriver } from '@grovekv/driver-redis';
import { createStore } from '@grovekv/kv-core';
import type { Driver } from '@grovekv/kv-core/driver';
import { afterAll, expect, it } from 'vitest';
import { createLeaderboard } from '../src/index.js';

/** `LEADERBOARD_MEMBERS=1000000` for the full size. */
const SIZE = Number(process.env.LEADERBOARD_MEMBERS ?? 20_000);
const PIECE = 100_000;
const PAGE = 10_000;
const folder = join(tmpdir(), `ext-leaderboard-${randomUUID()}`);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const kinds: [name: string, size: number, open: () => Driver][] = [
  ['lmdb', SIZE, () => lmdbDriver({ path: folder, mapSize: 2 ** 33 })],
  ['redis', SIZE, () => redisDriver({ url: process.env.REDIS_URL! })],
  [
    'memcached',
    Math.min(SIZE, 50_000),
    () => memcachedDriver({ servers: process.env.MEMCACHED_SERVERS! }),
  ],
];

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** What lives on the heap and beside it, in bytes: the files that LMDB maps are not in it. */
function liveBytes(): number {
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** Bytes that the process has for itself, garbage included; `undefined` where the system does not tell. */
function ownBytes(): number | undefined {
  if (!existsSync('/proc/self/status')) return undefined;
  const line = /^RssAnon:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'));
  return line ? Number(line[1]) * 1_024 : undefined;
}

const megabytes = (bytes: number): string => `${Math.round(bytes / 2 ** 20)} MB`;

/** What the board may hold on to: 512 nodes of some 20 KB, and six times that for all else in the process. */
const MOST_LIVE_BYTES = 2 ** 26;

/** A score for each member, the same at each run, no two the same: a permutation of 0 to size − 1. */
function scoreOf(n: number, size: number): number {
  return (n * 7_919) % size;
}

it.each(kinds)(
  '%s holds %i members',
  async (name, size, open) => {
    const store = createStore({ driver: open(), timeoutMs: 30_000 });
    const board = createLeaderboard(store, `large:${randomUUID()}`, { allowVolatile: true });
    const figures: Record<string, string> = {};
    const timed = async (what: string, calls: number, run: (turn: number) => Promise<void>) => {
      const start = performance.now();
      for (let turn = 0; turn < calls; turn += 1) await run(turn);
      figures[what] = `${((performance.now() - start) / calls).toFixed(2)} ms`;
    };
    const before = liveBytes();
    const own = ownBytes() ?? 0;
    let mostOwn = own;
    const watch = setInterval(() => {
      mostOwn = Math.max(mostOwn, ownBytes() ?? 0);
    }, 100);
    await timed('load', 1, async () => {
      for (let from = 0; from < size; from += PIECE) {
        const length = Math.min(PIECE, size - from);
        const entries = Array.from({ length }, (_, at) => {
          return { member: `player:${from + at}`, score: scoreOf(from + at, size) };
        });
        await board.setMany(entries);
      }
    });
    expect(await board.count()).toBe(size);
    await timed('all pages', 1, async () => {
      for (let page = 1; (page - 1) * PAGE < size; page += 1) {
        const { rows, total } = await board.page({ page, size: PAGE });
        expect(total).toBe(size);
        // One assertion for all of a page: a million of them take a minute.
        const wrong = rows.findIndex(({ member, score, rank }, at) => {
          const place = (page - 1) * PAGE + at;
          const isOwn = scoreOf(Number(member.slice('player:'.length)), size) === score;
          return rank !== place + 1 || score !== size - 1 - place || !isOwn;
        });
        expect(wrong).toBe(-1);
        expect(rows.length).toBe(Math.min(PAGE, size - (page - 1) * PAGE));
      }
    });
    const someone = (turn: number): number => (turn * 104_729) % size;
    await timed('rank', 100, async (turn) => {
      const n = someone(turn);
      const row = await board.rank(`player:${n}`);
      expect(row?.rank).toBe(size - scoreOf(n, size));
    });
    await timed('around', 100, async (turn) => {
      const n = someone(turn);
      const rows = await board.around(`player:${n}`, 5);
      const scores = rows.map(({ score }) => score);
      const first = Math.min(size - 1, scoreOf(n, size) + 5);
      const last = Math.max(0, scoreOf(n, size) - 5);
      expect(scores).toEqual(Array.from({ length: first - last + 1 }, (_, at) => first - at));
    });
    await timed('top 10', 100, async () => {
      const rows = await board.top(10);
      expect(rows.map(({ score }) => score)).toEqual(
        Array.from({ length: 10 }, (_, at) => size - 1 - at),
      );
    });
    await timed('update', 100, async (turn) => {
      const member = `player:${someone(turn)}`;
      await board.increment(member, 0.5);
      await board.increment(member, -0.5);
    });
    expect((await board.rank('player:0'))?.rank).toBe(size);
    clearInterval(watch);
    const live = liveBytes() - before;
    figures['held on to'] = megabytes(live);
    figures['most at a time'] = megabytes(mostOwn - own);
    expect(live).toBeLessThan(MOST_LIVE_BYTES);
    console.info(`${name}, ${size} members: ${JSON.stringify(figures)}`);
    await board.clear();
    await store.close();
  },
  600_000,
);
