import { DynamoDB, type DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import { createRateLimiter } from '@grovekv/ext-ratelimit';
import { createStore } from '@grovekv/kv-core';
import type { Driver } from '@grovekv/kv-core/driver';
import { Redis } from 'ioredis';
import Memcached from 'memcached';
import {
  RateLimiterDynamo,
  RateLimiterMemcache,
  RateLimiterRedis,
  type RateLimiterRes,
} from 'rate-limiter-flexible';
import { createClient } from 'redis';
import type { Role } from './workload.js';

/** A limiter that is connected. */
export interface Limiter {
  /** Whether the call was allowed. */
  limit(key: string): Promise<boolean>;
  close(): Promise<unknown> | unknown;
}

/** A way to limit. */
export interface LimiterKind {
  readonly name: string;
  readonly role: Role;
  connect(limit: number): Promise<Limiter> | Limiter;
}

export const WINDOW_MS = 60_000;
const WINDOW_SECONDS = WINDOW_MS / 1_000;

/** Increments and sets the time to live when it is the first, in one script. */
const SCRIPT = `local count = redis.call('INCR', KEYS[1])
if count == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
return count`;

export const ours = (name: string, driver: () => Driver): LimiterKind => ({
  name: `Grove KV, ${name} driver`,
  role: 'ours',
  connect(limit) {
    const store = createStore({ driver: driver() });
    const limiter = createRateLimiter(store, 'bench', { limit, windowMs: WINDOW_MS });
    return {
      limit: async (key) => (await limiter.limit(key)).allowed,
      close: () => store.close(),
    };
  },
});

export const redisPipeline = (url: string): LimiterKind => ({
  name: 'ioredis INCR + PEXPIRE in a pipeline',
  role: 'raw',
  connect(limit) {
    const client = new Redis(url);
    return {
      async limit(key) {
        const name = `raw:${key}`;
        const replies = await client.pipeline().incr(name).pexpire(name, WINDOW_MS, 'NX').exec();
        return (replies![0]![1] as number) <= limit;
      },
      close: () => client.quit(),
    };
  },
});

export const redisScript = (url: string): LimiterKind => ({
  name: 'ioredis EVALSHA of INCR + PEXPIRE',
  role: 'raw',
  async connect(limit) {
    const client = new Redis(url);
    const sha = (await client.script('LOAD', SCRIPT)) as string;
    return {
      limit: async (key) =>
        ((await client.evalsha(sha, 1, `script:${key}`, WINDOW_MS)) as number) <= limit,
      close: () => client.quit(),
    };
  },
});

/** rate-limiter-flexible rejects with its result what it refuses. */
function flexible(
  consume: (key: string) => Promise<RateLimiterRes>,
  close: () => unknown,
): Limiter {
  return {
    limit: (key) =>
      consume(key).then(
        () => true,
        (error: unknown) => {
          if (error instanceof Error) throw error;
          return false;
        },
      ),
    close,
  };
}

export const flexibleIoredis = (url: string, blocks = false): LimiterKind => ({
  name: `rate-limiter-flexible on ioredis${blocks ? ', memory block' : ''}`,
  role: 'peer',
  connect(points) {
    const storeClient = new Redis(url, { enableOfflineQueue: true });
    const options = { storeClient, points, duration: WINDOW_SECONDS };
    const block = blocks ? { inMemoryBlockOnConsumed: points } : {};
    const limiter = new RateLimiterRedis({ ...options, ...block, keyPrefix: `rlf:${blocks}` });
    return flexible(
      (key) => limiter.consume(key),
      () => storeClient.quit(),
    );
  },
});

export const flexibleNodeRedis = (url: string): LimiterKind => ({
  name: 'rate-limiter-flexible on node-redis',
  role: 'peer',
  async connect(points) {
    // Its default time limit of a command costs half.
    const storeClient = createClient({ url, commandOptions: { timeout: 0 } });
    await storeClient.connect();
    const options = { storeClient, points, duration: WINDOW_SECONDS, useRedisPackage: true };
    const limiter = new RateLimiterRedis({ ...options, keyPrefix: 'rlfn' });
    return flexible(
      (key) => limiter.consume(key),
      () => storeClient.close(),
    );
  },
});

export const flexibleMemcached = (servers: string): LimiterKind => ({
  name: 'rate-limiter-flexible on memcached',
  role: 'peer',
  connect(points) {
    const storeClient = new Memcached(servers, { poolSize: 10 });
    const options = { storeClient, points, duration: WINDOW_SECONDS };
    const limiter = new RateLimiterMemcache({ ...options, keyPrefix: 'rlf' });
    return flexible(
      (key) => limiter.consume(key),
      () => storeClient.end(),
    );
  },
});

export const updateItem = (config: DynamoDBClientConfig): LimiterKind => ({
  name: 'UpdateItem of DynamoDB',
  role: 'raw',
  async connect(limit) {
    const client = new DynamoDB(config);
    const TableName = `raw${limit}`;
    await client.createTable({
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [{ AttributeName: 'key', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'key', KeyType: 'HASH' }],
    });
    return {
      async limit(key) {
        const { Attributes } = await client.updateItem({
          TableName,
          Key: { key: { S: key } },
          UpdateExpression: 'ADD n :one',
          ExpressionAttributeValues: { ':one': { N: '1' } },
          ReturnValues: 'UPDATED_NEW',
        });
        return Number(Attributes!.n!.N) <= limit;
      },
      close: () => client.destroy(),
    };
  },
});

export const flexibleDynamodb = (config: DynamoDBClientConfig): LimiterKind => ({
  name: 'rate-limiter-flexible on DynamoDB',
  role: 'peer',
  async connect(points) {
    const storeClient = new DynamoDB(config);
    const options = { storeClient, points, duration: WINDOW_SECONDS, ttlSet: true };
    const limiter = await new Promise<RateLimiterDynamo>((resolve, reject) => {
      const made: RateLimiterDynamo = new RateLimiterDynamo(
        { ...options, tableName: `rlf${points}`, keyPrefix: 'rlf' },
        (error?: Error) => (error ? reject(error) : resolve(made)),
      );
    });
    return flexible(
      (key) => limiter.consume(key),
      () => storeClient.destroy(),
    );
  },
});
