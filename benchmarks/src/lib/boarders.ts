import { createLeaderboard } from '@grovekv/ext-leaderboard';
import { createStore } from '@grovekv/kv-core';
import type { Driver } from '@grovekv/kv-core/driver';
import { Redis } from 'ioredis';
import { Level } from 'level';
import { open } from 'lmdb';
import { runCallers } from './callers.js';
import type { Contender, Role } from './workload.js';

/** Callers of a board. */
export const CALLERS = 64;
/** Members of a board. */
export const MEMBERS = 10_000;
const SCORES = 1_000_000;

/** What is asked of a board. */
export type BoardWork = 'update' | 'rank' | 'top 10';

/** A board that is to be compared. */
export interface Boarder {
  fill(entries: readonly { readonly member: string; readonly score: number }[]): Promise<unknown>;
  update(member: string, score: number): Promise<unknown>;
  rank(member: string): Promise<unknown>;
  top(count: number): Promise<unknown>;
  close(): Promise<unknown>;
}

const anyScore = (): number => Math.floor(Math.random() * SCORES);

/** Fills a board and has callers do one kind of work on it. */
export function boardContender(
  name: string,
  role: Role,
  work: BoardWork,
  connect: () => Boarder,
): Contender {
  return {
    name,
    role,
    async prepare() {
      const board = connect();
      await board.fill(
        Array.from({ length: MEMBERS }, (_, n) => ({ member: `player:${n}`, score: anyScore() })),
      );
      const anyMember = (): string => `player:${Math.floor(Math.random() * MEMBERS)}`;
      const works: Record<BoardWork, () => Promise<unknown>> = {
        update: () => board.update(anyMember(), anyScore()),
        rank: () => board.rank(anyMember()),
        'top 10': () => board.top(10),
      };
      return {
        run: (ms) => runCallers(CALLERS, ms, works[work], 1),
        async close() {
          await board.close();
        },
      };
    },
  };
}

/** Ours. */
export function groveBoard(driver: Driver, name: string): Boarder {
  const store = createStore({ driver, timeoutMs: 30_000 });
  const board = createLeaderboard(store, name, { allowVolatile: true });
  return {
    fill: (entries) => board.setMany(entries),
    update: (member, score) => board.set(member, score),
    rank: (member) => board.rank(member),
    top: (count) => board.top(count),
    close: () => store.close(),
  };
}

/** A sorted set of Redis. */
export function redisBoard(url: string, key: string): Boarder {
  const client = new Redis(url);
  return {
    async fill(entries) {
      for (let at = 0; at < entries.length; at += 1_000) {
        const piece = entries.slice(at, at + 1_000);
        await client.zadd(key, ...piece.flatMap(({ member, score }) => [score, member]));
      }
    },
    update: (member, score) => client.zadd(key, score, member),
    rank: (member) => client.zrevrank(key, member),
    top: (count) => client.zrevrange(key, 0, count - 1, 'WITHSCORES'),
    close: () => client.quit(),
  };
}

/** Scores by member, and an index in order of scores; a rank counts what is before it. */
export function lmdbBoard(path: string): Boarder {
  const db = open({ path });
  const scores = db.openDB<number, string>('scores', {});
  const places = db.openDB<boolean, [number, string]>('places', {});
  const put = (member: string, score: number): void => {
    const old = scores.get(member);
    if (old !== undefined) places.remove([-old, member]);
    scores.put(member, score);
    places.put([-score, member], true);
  };
  return {
    fill: (entries) =>
      db.transaction(() => {
        for (const { member, score } of entries) put(member, score);
      }),
    update: (member, score) => db.transaction(() => put(member, score)),
    rank: async (member) => places.getKeysCount({ end: [-(scores.get(member) ?? 0), member] }),
    top: async (count) => places.getKeys({ limit: count }).asArray,
    close: () => db.close(),
  };
}

/** The same on Level, which has no transaction: an update that meets another can leave a row too many. */
export function levelBoard(path: string): Boarder {
  const db = new Level<string, string>(path);
  const place = (score: number, member: string): string =>
    `place:${String(SCORES - score).padStart(8, '0')}:${member}`;
  const puts = (member: string, score: number) => [
    { type: 'put' as const, key: `score:${member}`, value: String(score) },
    { type: 'put' as const, key: place(score, member), value: '' },
  ];
  return {
    fill: (entries) => db.batch(entries.flatMap(({ member, score }) => puts(member, score))),
    async update(member, score) {
      const old = await db.get(`score:${member}`);
      const del = { type: 'del' as const, key: place(Number(old), member) };
      await db.batch([del, ...puts(member, score)]);
    },
    async rank(member) {
      const score = Number(await db.get(`score:${member}`));
      return (await db.keys({ gte: 'place:', lt: place(score, member) }).all()).length;
    },
    top: (count) => db.keys({ gte: 'place:', lt: 'place;', limit: count }).all(),
    close: () => db.close(),
  };
}
