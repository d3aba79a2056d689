import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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

const lmdbPath = join(mkdtempSync(join(tmpdir(), 'grovekv-integration-')), 'data');

/** All drivers, and the portable way on two of them. */
export const drivers: readonly DriverUnderTest[] = [
  { name: 'memory', oneClient: true, create: () => memoryDriver() },
  { name: 'memory, portable', oneClient: true, create: () => portable(memoryDriver()) },
  { name: 'lmdb', create: () => lmdbDriver({ path: lmdbPath }) },
  { name: 'redis', create: () => redisDriver({ url: env('REDIS_URL') }) },
  { name: 'redis, portable', create: () => portable(redisDriver({ url: env('REDIS_URL') })) },
  { name: 'memcached', create: () => memcachedDriver({ servers: env('MEMCACHED_SERVERS') }) },
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
