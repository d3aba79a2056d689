import { redisDriver } from '@grovekv/driver-redis';
import { createLeaderboard } from '@grovekv/ext-leaderboard';
import { createStore } from '@grovekv/kv-core';
import { Redis } from 'ioredis';
import { startRedis } from '../../../scripts/services/servers.js';
import { runCallers } from '../lib/callers.js';
import type { Case, Contender, Workload } from '../lib/workload.js';

const CALLERS = 64;
const MEMBERS = 10_000;

type Work = (member: string) => Promise<unknown>;
type Kind = 'update' | 'rank' | 'top 10';

const anyMember = (): string => `player:${Math.floor(Math.random() * MEMBERS)}`;
const anyScore = (): number => Math.floor(Math.random() * 1_000_000);

async function prepared(work: Work, close: () => Promise<unknown>) {
  return {
    run: (ms: number) => runCallers(CALLERS, ms, () => work(anyMember())),
    close: async () => {
      await close();
    },
  };
}

function ours(url: string, kind: Kind): Contender {
  return {
    name: 'Grove KV, redis driver',
    role: 'ours',
    async prepare() {
      const store = createStore({ driver: redisDriver({ url }), timeoutMs: 30_000 });
      const board = createLeaderboard(store, `ours:${kind}`);
      await board.setMany(
        Array.from({ length: MEMBERS }, (_, n) => ({ member: `player:${n}`, score: anyScore() })),
      );
      const works: Record<Kind, Work> = {
        update: (member) => board.set(member, anyScore()),
        rank: (member) => board.rank(member),
        'top 10': () => board.top(10),
      };
      return prepared(works[kind], () => store.close());
    },
  };
}

function raw(url: string, kind: Kind): Contender {
  const command = { update: 'ZADD', rank: 'ZREVRANK', 'top 10': 'ZREVRANGE 0 9 WITHSCORES' }[kind];
  return {
    name: `ioredis ${command}`,
    role: 'raw',
    async prepare() {
      const client = new Redis(url);
      const key = `raw:${kind}`;
      for (let n = 0; n < MEMBERS; n += 1_000) {
        const pairs = Array.from({ length: 1_000 }, (_, at) => [anyScore(), `player:${n + at}`]);
        await client.zadd(key, ...pairs.flat());
      }
      const works: Record<Kind, Work> = {
        update: (member) => client.zadd(key, anyScore(), member),
        rank: (member) => client.zrevrank(key, member),
        'top 10': () => client.zrevrange(key, 0, 9, 'WITHSCORES'),
      };
      return prepared(works[kind], () => client.quit());
    },
  };
}

function onRedis(url: string, kind: Kind, atLeast: number): Case {
  return {
    title: `${kind}, Redis`,
    contenders: [ours(url, kind), raw(url, kind)],
    targets: [{ measure: 'ratio to raw', atLeast }],
  };
}

export const workload: Workload = {
  title: 'Leaderboard',
  about: `${CALLERS} callers on one board of ${MEMBERS} members, one server on loopback. The board is the portable tree.`,
  async open() {
    const server = await startRedis();
    const { url } = server;
    const cases = [
      onRedis(url, 'update', 1.2),
      onRedis(url, 'rank', 1.2),
      onRedis(url, 'top 10', 3),
    ];
    return { cases, close: () => server.stop() };
  },
};
