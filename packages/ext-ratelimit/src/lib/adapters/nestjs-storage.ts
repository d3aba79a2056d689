import { checkName, span } from '../options.js';
import type { HitStore } from './window-hits.js';

/** What `@nestjs/throttler` (6) asks of a storage. Durations go in as milliseconds, come out as seconds. */
export interface NestThrottlerStorage {
  increment(
    key: string,
    ttl: number,
    limit: number,
    blockDuration: number,
    throttlerName: string,
  ): Promise<{
    totalHits: number;
    timeToExpire: number;
    isBlocked: boolean;
    timeToBlockExpire: number;
  }>;
}

interface Throttled {
  readonly hits: number;
  readonly until: number;
  readonly blockedUntil: number;
}

/**
 * A storage for `@nestjs/throttler`: `ThrottlerModule.forRoot({ throttlers, storage: nestStorage(store) })`.
 * A window begins with its first hit; who goes over the limit is blocked, hits and block in one record. One
 * write a request. `name`: the namespace of its keys, default `nestjs`.
 */
export function nestStorage(store: HitStore, name = 'nestjs'): NestThrottlerStorage {
  const records = store.namespace(checkName(name));
  const seconds = (ms: number): number => Math.max(0, Math.ceil(ms / 1_000));
  return {
    async increment(key, ttl, limit, blockDuration, throttlerName) {
      const windowMs = span('ttl', ttl);
      return records.update<Throttled, Awaited<ReturnType<NestThrottlerStorage['increment']>>>(
        `${throttlerName}:${key}`,
        (found) => {
          const now = store.clock.now();
          const fresh = { hits: 0, until: now + windowMs, blockedUntil: 0 };
          const blocked = found !== undefined && found.blockedUntil > now;
          const served = found !== undefined && found.blockedUntil > 0 && !blocked;
          const before = found && !served && (found.until > now || blocked) ? found : fresh;
          const hits = before.hits + 1;
          const over = hits > limit;
          const blocks = over && blockDuration > 0;
          const blockedUntil = blocked ? before.blockedUntil : blocks ? now + blockDuration : 0;
          const put = { hits, until: before.until, blockedUntil };
          const leftMs = Math.max(put.until, blockedUntil) - now;
          const result = {
            totalHits: hits,
            timeToExpire: seconds(put.until - now),
            isBlocked: over || blocked,
            timeToBlockExpire: seconds(blockedUntil - now),
          };
          return { put, ttlMs: Math.max(1, Math.ceil(leftMs)), result };
        },
      );
    },
  };
}
