import { dynamodbDriver } from '@grovekv/driver-dynamodb';
import { memcachedDriver } from '@grovekv/driver-memcached';
import { redisDriver } from '@grovekv/driver-redis';
import memjs from 'memjs';
import { startDynalite, startMemcached, startRedis } from '../../../scripts/services/servers.js';
import { runCallers } from '../lib/callers.js';
import {
  flexibleDynamodb,
  flexibleIoredis,
  flexibleMemcached,
  flexibleNodeRedis,
  type LimiterKind,
  ours,
  redisPipeline,
  redisScript,
  updateItem,
  WINDOW_MS,
} from '../lib/limiters.js';
import type { Case, Contender, Target, Workload } from '../lib/workload.js';

const CALLERS = 64;
const KEYS = Array.from({ length: 1_000 }, (_, index) => `user:${index}`);
const NEVER_REACHED = 1_000_000_000;
const ACCOUNT = {
  region: 'local',
  credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
};

/** Runs it, and checks that everything was allowed, or that everything was refused. */
function contender(
  kind: LimiterKind,
  limit: number,
  expected: boolean,
  keyOf: () => string,
): Contender {
  return {
    name: kind.name,
    role: kind.role,
    async prepare() {
      const limiter = await kind.connect(limit);
      if (!expected) for (let turn = 0; turn <= limit; turn += 1) await limiter.limit(keyOf());
      let wrong = 0;
      return {
        run: (ms) =>
          runCallers(CALLERS, ms, async () => {
            if ((await limiter.limit(keyOf())) !== expected) wrong += 1;
          }),
        async close() {
          await limiter.close();
          if (wrong > 0)
            throw new Error(`${wrong} calls were not ${expected ? 'allowed' : 'refused'}`);
        },
      };
    },
  };
}

const spread = (): string => KEYS[Math.floor(Math.random() * KEYS.length)]!;

function allowed(title: string, kinds: readonly LimiterKind[], hot: boolean, least: number): Case {
  const keyOf = hot ? () => 'hot' : spread;
  const target: Target = { measure: 'ratio to best peer', atLeast: least };
  return {
    title,
    contenders: kinds.map((kind) => contender(kind, NEVER_REACHED, true, keyOf)),
    targets: [target],
  };
}

function refused(url: string): Case {
  const kinds = [
    ours('redis', () => redisDriver({ url })),
    redisScript(url),
    flexibleIoredis(url),
    flexibleIoredis(url, true),
  ];
  return {
    title: 'Redis, one exhausted key: refused',
    contenders: kinds.map((kind) => contender(kind, 100, false, () => 'exhausted')),
    targets: [{ measure: 'ratio to raw', atLeast: 8 }],
  };
}

const memjsIncrement = (servers: string): LimiterKind => ({
  name: 'memjs INCREMENT',
  role: 'raw',
  connect(limit) {
    const client = memjs.Client.create(servers);
    const expires = WINDOW_MS / 1_000;
    return {
      async limit(key) {
        const { value } = await client.increment(`raw:${key}`, 1, { initial: 1, expires });
        return Number(value) <= limit;
      },
      close: () => client.close(),
    };
  },
});

export const workload: Workload = {
  title: 'Rate limiter',
  about: `${CALLERS} callers, windows of ${WINDOW_MS / 1_000} s, servers on loopback. Ours slides and never lets through more than the limit in any window; the others count in fixed windows, which can let through twice as much. Every answer is checked.`,
  async open() {
    const [redis, memcached, dynalite] = await Promise.all([
      startRedis(),
      startMemcached(),
      startDynalite(),
    ]);
    const { url } = redis;
    const onRedis = [
      ours('redis', () => redisDriver({ url })),
      redisPipeline(url),
      flexibleIoredis(url),
      flexibleNodeRedis(url),
    ];
    const onMemcached = [
      ours('memcached', () => memcachedDriver({ servers: memcached.url })),
      memjsIncrement(memcached.url),
      flexibleMemcached(memcached.url),
    ];
    const endpoint = dynalite.url;
    const onDynamodb = [
      ours('dynamodb', () =>
        dynamodbDriver({ table: 'limits', createTable: true, endpoint, options: ACCOUNT }),
      ),
      updateItem({ ...ACCOUNT, endpoint }),
      flexibleDynamodb({ ...ACCOUNT, endpoint }),
    ];
    const cases = [
      allowed('Redis, 1,000 keys', onRedis, false, 1.2),
      allowed('Redis, one hot key', onRedis, true, 3),
      refused(url),
      allowed('Memcached, 1,000 keys', onMemcached, false, 3),
      allowed('DynamoDB, 1,000 keys', onDynamodb, false, 3),
    ];
    const close = async (): Promise<void> => {
      await Promise.all([redis.stop(), memcached.stop(), dynalite.stop()]);
    };
    return { cases, close };
  },
};
