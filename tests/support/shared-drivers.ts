import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lmdbDriver } from '@grovekv/driver-lmdb';
import { redisDriver } from '@grovekv/driver-redis';
import type { Driver } from '@grovekv/kv-core/driver';

/** The drivers that processes can share, with where the tests find them. */
export const kinds = ['lmdb', 'redis'] as const;
export type Kind = (typeof kinds)[number];

/** A place for a test of its own. */
export async function place(kind: Kind): Promise<{ address: string; remove(): void }> {
  if (kind === 'redis') return { address: process.env.REDIS_URL!, remove: () => undefined };
  const folder = await mkdtemp(join(tmpdir(), 'grovekv-test-'));
  return {
    address: join(folder, 'db'),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

export function openDriver(kind: Kind, address: string): Driver {
  if (kind === 'redis') return redisDriver({ url: address });
  return lmdbDriver({ path: address, durability: 'crash-safe', sweepIntervalMs: false });
}
