import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Driver } from '@grovekv/kv-core/driver';
import { startMemcached, startRedis } from '../../../scripts/services/servers.js';

const NAMES = ['Redis', 'LMDB', 'Level', 'memcached'] as const;

/** A driver that growth is measured on. */
export type GrowthDriver = (typeof NAMES)[number];

/** Makes drivers, each on a database of its own or a server for all of them. */
export interface GrowthDrivers {
  open(name: GrowthDriver): Driver;
  /** Stops the servers and removes the files. */
  close(): Promise<void>;
}

/** Starts the servers that these drivers need. Call it after `useBuiltPackages`. */
export async function growthDrivers(names: readonly GrowthDriver[]): Promise<GrowthDrivers> {
  const { redisDriver } = await import('@grovekv/driver-redis');
  const { lmdbDriver } = await import('@grovekv/driver-lmdb');
  const { levelDriver } = await import('@grovekv/driver-level');
  const { memcachedDriver } = await import('@grovekv/driver-memcached');
  const redis = names.includes('Redis') ? await startRedis() : undefined;
  const memcached = names.includes('memcached')
    ? await startMemcached({ args: ['-m', '1024'] })
    : undefined;
  const root = mkdtempSync(join(tmpdir(), 'grovekv-growth-'));
  const folder = (): string => mkdtempSync(join(root, 'db-'));
  const makers: Readonly<Record<GrowthDriver, () => Driver>> = {
    Redis: () => redisDriver({ url: redis!.url }),
    LMDB: () => lmdbDriver({ path: folder(), mapSize: 2 ** 33 }),
    Level: () => levelDriver({ path: folder() }),
    memcached: () => memcachedDriver({ servers: memcached!.url }),
  };
  return {
    open: (name) => makers[name](),
    async close() {
      await Promise.all([redis?.stop(), memcached?.stop()]);
      rmSync(root, { recursive: true, force: true });
    },
  };
}
