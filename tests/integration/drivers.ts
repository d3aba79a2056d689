import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dynamodbDriver } from '@grovekv/driver-dynamodb';
import { levelDriver } from '@grovekv/driver-level';
import { lmdbDriver } from '@grovekv/driver-lmdb';
import { memcachedDriver } from '@grovekv/driver-memcached';
import { redisDriver } from '@grovekv/driver-redis';
import type { Driver } from '@grovekv/kv-core/driver';
import { memoryDriver } from '@grovekv/kv-core/memory';
import { portable } from '@grovekv/kv-core/testing';

/** A driver that every suite of this folder runs on. */
export interface DriverUnderTest {
  readonly name: string;
  /** The driver can only be open once at a time. */
  readonly oneClient?: boolean;
  create(): Driver;
}

const folder = mkdtempSync(join(tmpdir(), 'grovekv-integration-'));

/** All drivers, and the portable way on two of them. */
export const drivers: readonly DriverUnderTest[] = [
  { name: 'memory', oneClient: true, create: () => memoryDriver() },
  { name: 'memory, portable', oneClient: true, create: () => portable(memoryDriver()) },
  { name: 'lmdb', create: () => lmdbDriver({ path: join(folder, 'lmdb') }) },
  { name: 'level', create: () => levelDriver({ path: join(folder, 'level') }) },
  { name: 'redis', create: () => redisDriver({ url: env('REDIS_URL') }) },
  { name: 'redis, portable', create: () => portable(redisDriver({ url: env('REDIS_URL') })) },
  { name: 'memcached', create: () => memcachedDriver({ servers: env('MEMCACHED_SERVERS') }) },
  { name: 'dynamodb', create: () => dynamodbDriver(table(env('DYNAMODB_ENDPOINT'))) },
  { name: 'redis cluster', create: () => redisDriver({ cluster: nodes(env('REDIS_CLUSTER')) }) },
];

function env(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: run through npm test or vitest's setup`);
  return value;
}

function nodes(list: string): { host: string; port: number }[] {
  return list.split(',').map((address) => {
    const [host = '', port] = address.split(':');
    return { host, port: Number(port) };
  });
}

function table(endpoint: string) {
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const options = process.env.AWS_ACCESS_KEY_ID ? {} : { options: { credentials } };
  const region = process.env.AWS_REGION ?? 'local';
  return { table: 'grove-integration', endpoint, createTable: true, region, ...options };
}
