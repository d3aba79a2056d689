import { lmdbDriver } from '@grovekv/driver-lmdb';
import { redisDriver } from '@grovekv/driver-redis';
import type { Driver } from '@grovekv/kv-core/driver';

/** The driver of `lmdb:<path>` or `redis://…`. */
export function openDriver(address: string): Driver {
  return address.startsWith('lmdb:')
    ? lmdbDriver({ path: address.slice('lmdb:'.length), durability: 'crash-safe' })
    : redisDriver({ url: address });
}
