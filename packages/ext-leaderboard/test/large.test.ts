import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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
    let mostBytes = 0;
    await timed('load', 1, async () => {
      for (let from = 0; from < size; from += PIECE) {
        const length = Math.min(PIECE, size - from);
        const entries = Array.from({ length }, (_, at) => {
          return { member: `player:${from + at}`, score: scoreOf(from + at, size) };
        });
        await board.setMany(entries);
        mostBytes = Math.max(mostBytes, process.memoryUsage().rss);
      }
    });
    expect(await board.count()).toBe(size);
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
    figures.rss = `${Math.round(mostBytes / 2 ** 20)} MB`;
    console.info(`${name}, ${size} members: ${JSON.stringify(figures)}`);
    await board.clear();
    await store.close();
  },
  600_000,
);
