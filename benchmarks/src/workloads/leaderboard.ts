import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { levelDriver } from '@grovekv/driver-level';
import { lmdbDriver } from '@grovekv/driver-lmdb';
import { memcachedDriver } from '@grovekv/driver-memcached';
import { redisDriver } from '@grovekv/driver-redis';
import { startMemcached, startRedis } from '../../../scripts/services/servers.js';
import {
  type Boarder,
  type BoardWork,
  boardContender,
  CALLERS,
  groveBoard,
  levelBoard,
  lmdbBoard,
  MEMBERS,
  redisBoard,
} from '../lib/boarders.js';
import type { Case, Workload } from '../lib/workload.js';

const WORKS: readonly BoardWork[] = ['update', 'rank', 'top 10'];
const ON_REDIS: Readonly<Record<BoardWork, readonly [command: string, atLeast: number]>> = {
  update: ['ZADD', 1.2],
  rank: ['ZREVRANK', 1.2],
  'top 10': ['ZREVRANGE 0 9 WITHSCORES', 3],
};
const ON_LMDB: Readonly<Record<BoardWork, string>> = {
  update: 'lmdb: get, two puts and a remove in a transaction',
  rank: 'lmdb: count of the keys before it',
  'top 10': 'lmdb: first ten keys',
};
const ON_LEVEL: Readonly<Record<BoardWork, string>> = {
  update: 'level: get, then a batch of three',
  rank: 'level: get, then the keys before it',
  'top 10': 'level: first ten keys',
};

export const workload: Workload = {
  title: 'Leaderboard',
  about: `${CALLERS} callers on one board of ${MEMBERS} members, servers on loopback. What is raw on LMDB and Level is an index of keys in order of scores: it has no ranks, so it counts the keys before a member. memcached has nothing to keep an order with.`,
  async open() {
    const [redis, memcached] = await Promise.all([startRedis(), startMemcached()]);
    const root = mkdtempSync(join(tmpdir(), 'grovekv-bench-'));
    const folder = (): string => mkdtempSync(join(root, 'db-'));
    const ours = (driver: string, work: BoardWork, connect: () => Boarder) =>
      boardContender(`Grove KV, ${driver} driver`, 'ours', work, connect);

    const onRedis = (work: BoardWork): Case => {
      const [command, atLeast] = ON_REDIS[work];
      const connect = (): Boarder => groveBoard(redisDriver({ url: redis.url }), `ours:${work}`);
      const raw = (): Boarder => redisBoard(redis.url, `raw:${work}`);
      return {
        title: `${work}, Redis`,
        contenders: [
          ours('redis', work, connect),
          boardContender(`ioredis ${command}`, 'raw', work, raw),
        ],
        targets: [{ measure: 'ratio to raw', atLeast }],
      };
    };
    const onLmdb = (work: BoardWork): Case => ({
      title: `${work}, LMDB`,
      contenders: [
        ours('lmdb', work, () => groveBoard(lmdbDriver({ path: folder() }), work)),
        boardContender(ON_LMDB[work], 'raw', work, () => lmdbBoard(folder())),
      ],
      targets: [],
    });
    const onLevel = (work: BoardWork): Case => ({
      title: `${work}, Level`,
      contenders: [
        ours('level', work, () => groveBoard(levelDriver({ path: folder() }), work)),
        boardContender(ON_LEVEL[work], 'raw', work, () => levelBoard(folder())),
      ],
      targets: [],
    });
    const onMemcached = (work: BoardWork): Case => {
      const driver = () => memcachedDriver({ servers: memcached.url });
      return {
        title: `${work}, memcached`,
        contenders: [ours('memcached', work, () => groveBoard(driver(), `ours:${work}`))],
        targets: [],
      };
    };
    return {
      cases: [onRedis, onLmdb, onLevel, onMemcached].flatMap((on) => WORKS.map(on)),
      async close() {
        await Promise.all([redis.stop(), memcached.stop()]);
        rmSync(root, { recursive: true, force: true });
      },
    };
  },
};
