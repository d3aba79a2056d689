import { LRUCache } from 'lru-cache';
import type { Entry } from '../driver/driver.js';
import { KvError } from '../errors/kv-error.js';
import {
  type Command,
  type GetCommand,
  type Hook,
  isRead,
  type Next,
  type ResultOf,
} from './hook.js';
import { keysOf } from './logging.js';

/** Options of {@link cache}. */
export interface CacheOptions {
  /** How old an answer may be, in milliseconds: writes of other processes and expiry show this late. */
  readonly ttlMs: number;
  /** Keys kept at most. Default 10,000. */
  readonly maxKeys?: number | undefined;
  /** Bytes of values kept at most. Default 64 MiB. */
  readonly maxBytes?: number | undefined;
  /**
   * For so long after `ttlMs` the old answer is given at once while a new one is fetched. Default 0.
   */
  readonly staleMs?: number | undefined;
  /** For tests. Default `performance.now`. */
  readonly monotonic?: (() => number) | undefined;
}

interface Cached {
  readonly entry: Entry;
  readonly at: number;
}

/**
 * Keeps what `get`, `getMany` and `has` read, in this process. Every command that writes a key through the
 * same store, an extension's included, drops it before and after; a read that was under way meanwhile is
 * not kept. Reads that ask for a version or ttl, and those inside `update`, always go to the driver.
 *
 * @throws KvError `INVALID_ARGUMENT` for options that cannot be right.
 */
export function cache(options: CacheOptions): Hook {
  const { ttlMs, maxKeys = 10_000, maxBytes = 64 * 1024 * 1024, staleMs = 0 } = options;
  const { monotonic = () => performance.now() } = options;
  const bounded = Number.isSafeInteger(maxKeys) && Number.isSafeInteger(maxBytes);
  if (!(ttlMs > 0) || !(staleMs >= 0) || !bounded || maxKeys < 1 || maxBytes < 1) {
    throw new KvError('INVALID_ARGUMENT', 'cache takes ttlMs above 0 and positive whole bounds');
  }
  const kept = new LRUCache<string, Cached>({
    max: maxKeys,
    maxSize: maxBytes,
    sizeCalculation: ({ entry }, key) => entry.value.byteLength + key.length + 1,
  });
  /** Reads under way, by key. A write removes them, and then their answer is not kept. */
  const reading = new Map<string, object>();

  const drop = (command: Command): void => {
    for (const key of keysOf(command)) {
      kept.delete(key);
      reading.delete(key);
    }
  };

  const fetch = async (
    keys: readonly string[],
    command: GetCommand,
    next: Next,
  ): Promise<readonly (Entry | undefined)[]> => {
    const token = {};
    // An answer is as old as the question: what is written meanwhile need not be in it.
    const at = monotonic();
    for (const key of keys) reading.set(key, token);
    try {
      const entries = await next({ ...command, keys });
      keys.forEach((key, index) => {
        const entry = entries[index];
        if (reading.get(key) !== token) return;
        if (entry) kept.set(key, { entry, at });
        else kept.delete(key);
      });
      return entries;
    } finally {
      for (const key of keys) if (reading.get(key) === token) reading.delete(key);
    }
  };

  const read = async (command: GetCommand, next: Next): Promise<readonly (Entry | undefined)[]> => {
    const now = monotonic();
    const answers = new Map<string, Entry | undefined>();
    const missing: string[] = [];
    const stale: string[] = [];
    for (const key of new Set(command.keys)) {
      const cached = kept.get(key);
      const age = cached ? now - cached.at : Number.POSITIVE_INFINITY;
      if (!cached || age >= ttlMs + staleMs) {
        missing.push(key);
        continue;
      }
      answers.set(key, cached.entry);
      if (age >= ttlMs && !reading.has(key)) stale.push(key);
    }
    if (stale.length > 0) {
      const { signal: _, ...background } = command;
      // The caller has its answer; the next one will see the failure itself.
      fetch(stale, background, next).catch(() => undefined);
    }
    if (missing.length > 0) {
      const entries = await fetch(missing, command, next);
      missing.forEach((key, index) => {
        answers.set(key, entries[index]);
      });
    }
    return command.keys.map((key) => answers.get(key));
  };

  return {
    name: 'cache',
    async around(command, next) {
      if (command.verb === 'get' && !command.ttl) {
        return read(command, next) as Promise<ResultOf<typeof command>>;
      }
      if (isRead(command)) return next(command);
      drop(command);
      try {
        return await next(command);
      } finally {
        drop(command);
      }
    },
  };
}
