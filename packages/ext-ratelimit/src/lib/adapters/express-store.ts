import { type HitStore, WindowHits } from './window-hits.js';

/** What `express-rate-limit` (7 and 8) asks of a store; the part of its contract that this one has. */
export interface ExpressRateLimitStore {
  readonly localKeys: false;
  readonly prefix: string;
  init(options: { readonly windowMs: number }): void;
  get(key: string): Promise<{ totalHits: number; resetTime: Date } | undefined>;
  increment(key: string): Promise<{ totalHits: number; resetTime: Date }>;
  decrement(key: string): Promise<void>;
  resetKey(key: string): Promise<void>;
}

/**
 * A store for `express-rate-limit`: `rateLimit({ store: expressStore(store), windowMs, limit })`. It counts
 * in fixed windows, as that library's contract demands; use `createRateLimiter` for more. One increment a
 * request. `name`: the namespace of its keys, default `express`.
 */
export function expressStore(store: HitStore, name = 'express'): ExpressRateLimitStore {
  const hits = new WindowHits(store, name, store.clock);
  let windowMs = 60_000;
  const told = (total: number, leftMs: number) => ({
    totalHits: total,
    resetTime: new Date(store.clock.now() + leftMs),
  });
  return {
    localKeys: false,
    prefix: name,
    init(options) {
      windowMs = options.windowMs;
    },
    async get(key) {
      const found = await hits.read(key, windowMs);
      return found && told(found.total, found.leftMs);
    },
    async increment(key) {
      const { total, leftMs } = await hits.hit(key, windowMs);
      return told(total, leftMs);
    },
    decrement: (key) => hits.back(key, windowMs),
    resetKey: (key) => hits.reset(key, windowMs),
  };
}
