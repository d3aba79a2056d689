import { KvError, type Store } from '@grovekv/kv-core';
import { text } from '@grovekv/kv-core/codecs';
import type { SessionBackend } from '../options.js';
import { SessionNames } from '../session-id.js';

/** What `better-auth` asks of a secondary storage. */
export interface BetterAuthStorage {
  get(key: string): Promise<string | null>;
  set(key: string, value: string, ttlSeconds?: number): Promise<void>;
  delete(key: string): Promise<void>;
  /** Of several at once, one gets the value. */
  getAndDelete(key: string): Promise<string | null>;
  /** Counts; the time to live is given by the call that makes the counter, in the same write. */
  increment(key: string, ttlSeconds?: number): Promise<number>;
}

/**
 * A secondary storage for `better-auth`: `betterAuth({ secondaryStorage: betterAuthStorage(store) })`. Keys
 * are hashed, since some of them are tokens. `prefix`: the namespace of its keys, default `better-auth`.
 */
export function betterAuthStorage(
  backend: SessionBackend,
  prefix = 'better-auth',
): BetterAuthStorage {
  const space = backend.namespace(prefix);
  const store: Store<string> = space.with({ codec: text() });
  const names = new SessionNames();
  return {
    get: async (key) => (await store.get(await names.of(key))) ?? null,
    async set(key, value, ttlSeconds) {
      const ttlMs = millis(ttlSeconds);
      await store.set(await names.of(key), value, ttlMs === undefined ? {} : { ttlMs });
    },
    async delete(key) {
      await store.delete(await names.of(key));
    },
    async getAndDelete(key) {
      return store.update<string, string | null>(await names.of(key), (value) =>
        value === undefined ? { keep: true, result: null } : { delete: true, result: value },
      );
    },
    async increment(key, ttlSeconds) {
      const ttlMs = millis(ttlSeconds);
      const name = await names.of(key);
      const { value } = await space.increment(name, 1, ttlMs === undefined ? {} : { ttlMs });
      return value;
    },
  };
}

function millis(seconds: number | undefined): number | undefined {
  if (seconds === undefined) return undefined;
  if (typeof seconds === 'number' && seconds > 0 && seconds <= 2 ** 35) return seconds * 1_000;
  throw new KvError('INVALID_ARGUMENT', 'a time to live is a positive number of seconds');
}
