import { lmdbDriver } from '@grovekv/driver-lmdb';
import { redisDriver } from '@grovekv/driver-redis';
import { createStore, type Store, type StoreOptions } from '@grovekv/kv-core';

/** Where a store is, as plain data, so that every process opens the same one. */
export type StoreAddress =
  | { readonly driver: 'lmdb'; readonly path: string }
  | { readonly driver: 'redis'; readonly url: string };

/** Opens it. No I/O before the first call. */
export function openStore(
  address: StoreAddress,
  options: Omit<StoreOptions, 'driver'> = {},
): Store {
  const driver =
    address.driver === 'lmdb'
      ? lmdbDriver({ path: address.path })
      : redisDriver({ url: address.url });
  return createStore({ driver, ...options });
}

/** In words, without the password. */
export function describeStore(address: StoreAddress): string {
  return address.driver === 'lmdb'
    ? `LMDB in ${address.path}`
    : `Redis at ${new URL(address.url).host}`;
}
