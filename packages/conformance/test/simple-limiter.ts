import type { Store } from '@grovekv/kv-core';
import type {
  LimitUnderTest,
  RateLimiterConformanceOptions,
  RateLimiterUnderTest,
} from '../src/index.js';

type Settings = Parameters<RateLimiterConformanceOptions['createLimiter']>[2];

interface Taken {
  readonly at: number;
  readonly cost: number;
}

interface LimiterRecord {
  readonly taken: readonly Taken[];
  readonly blockedUntil: number;
}

const EMPTY: LimiterRecord = { taken: [], blockedUntil: 0 };

/** As plain as a correct limiter can be: a log of what was taken. */
export class SimpleLimiter implements RateLimiterUnderTest {
  readonly store: Store;
  readonly name: string;
  readonly settings: Settings;

  constructor(store: Store, name: string, settings: Settings) {
    this.store = store;
    this.name = name;
    this.settings = settings;
  }

  limit(key: string, { cost = 1 }: { readonly cost?: number } = {}): Promise<LimitUnderTest> {
    return this.change(key, (record, now) => {
      const result = this.decide(record, now, cost);
      const taken = [...record.taken, { at: now, cost }];
      return { record: result.allowed ? { ...record, taken } : undefined, result };
    });
  }

  async peek(key: string): Promise<LimitUnderTest> {
    const record = (await this.store.get<LimiterRecord>(this.keyOf(key))) ?? EMPTY;
    const { allowed, ...rest } = this.decide(this.alive(record, Date.now()), Date.now(), 1);
    return { allowed, ...rest, remaining: allowed ? rest.remaining + 1 : 0 };
  }

  async refund(key: string, { cost = 1 }: { readonly cost?: number } = {}): Promise<void> {
    await this.change(key, (record) => {
      let rest = cost;
      const taken = record.taken.map(({ at, cost: spent }) => {
        const back = Math.min(rest, spent);
        rest -= back;
        return { at, cost: spent - back };
      });
      return { record: { ...record, taken }, result: undefined };
    });
  }

  async reset(key: string): Promise<void> {
    await this.store.delete(this.keyOf(key));
  }

  async block(key: string, forMs: number): Promise<void> {
    await this.change(key, (record, now) => ({
      record: { ...record, blockedUntil: now + forMs },
      result: undefined,
    }));
  }

  keyOf(key: string): string {
    return `${this.name}:${key}`;
  }

  /** What of the record counts. */
  alive(record: LimiterRecord, now: number): LimiterRecord {
    const taken = record.taken.filter(({ at }) => now - at <= this.settings.windowMs + 2);
    return { ...record, taken };
  }

  decide({ taken, blockedUntil }: LimiterRecord, now: number, cost: number): LimitUnderTest {
    const { limit, windowMs } = this.settings;
    const used = taken.reduce((sum, one) => sum + one.cost, 0);
    const allowed = blockedUntil <= now && used + cost <= limit;
    const oldest = taken[0]?.at ?? now;
    const retryAfterMs = allowed ? 0 : Math.max(1, oldest + windowMs + 3 - now);
    return { allowed, remaining: Math.max(0, limit - used - (allowed ? cost : 0)), retryAfterMs };
  }

  change<R>(
    key: string,
    step: (
      record: LimiterRecord,
      now: number,
    ) => { readonly record: LimiterRecord | undefined; readonly result: R },
  ): Promise<R> {
    return this.store.update<LimiterRecord, R>(
      this.keyOf(key),
      (stored = EMPTY) => {
        const now = Date.now();
        const { record, result } = step(this.alive(stored, now), now);
        return record ? { put: record, ttlMs: 120_000, result } : { keep: true, result };
      },
      // What is counted twice is only refused sooner.
      { idempotent: true },
    );
  }
}

export const brokenLimiters: Readonly<Record<string, typeof SimpleLimiter>> = {
  'is read, then written': class extends SimpleLimiter {
    override async change<R>(key: string, step: Parameters<SimpleLimiter['change']>[1]) {
      const stored = (await this.store.get<LimiterRecord>(this.keyOf(key))) ?? EMPTY;
      const now = Date.now();
      const { record, result } = step(this.alive(stored, now), now);
      if (record) await this.store.set(this.keyOf(key), record);
      return result as R;
    }
  },
  'lets one more through': class extends SimpleLimiter {
    constructor(store: Store, name: string, settings: Settings) {
      super(store, name, { ...settings, limit: settings.limit + 1 });
    }
  },
  'takes what it refuses': class extends SimpleLimiter {
    override limit(key: string, { cost = 1 }: { readonly cost?: number } = {}) {
      return this.change(key, (record, now) => ({
        record: { ...record, taken: [...record.taken, { at: now, cost }] },
        result: this.decide(record, now, cost),
      }));
    }
  },
  'begins a new window by the clock': class extends SimpleLimiter {
    override alive(record: LimiterRecord, now: number): LimiterRecord {
      const start = record.taken[0]?.at ?? now;
      return now - start > this.settings.windowMs ? { ...record, taken: [] } : record;
    }
  },
  'forgets too soon': class extends SimpleLimiter {
    override alive(record: LimiterRecord, now: number): LimiterRecord {
      const taken = record.taken.filter(({ at }) => now - at <= this.settings.windowMs / 2);
      return { ...record, taken };
    }
  },
  'lets through when the store fails': class extends SimpleLimiter {
    override limit(key: string, options: { readonly cost?: number } = {}) {
      const open = { allowed: true, remaining: 0, retryAfterMs: 0 };
      return super.limit(key, options).catch(() => open);
    }
  },
  'never frees': class extends SimpleLimiter {
    override alive(record: LimiterRecord): LimiterRecord {
      return record;
    }
  },
  'takes when peeked at': class extends SimpleLimiter {
    override async peek(key: string) {
      const result = await super.peek(key);
      await this.limit(key);
      return result;
    }
  },
  'refunds into a debt': class extends SimpleLimiter {
    override async refund(key: string, { cost = 1 }: { readonly cost?: number } = {}) {
      await this.change(key, (record, now) => ({
        record: { ...record, taken: [...record.taken, { at: now, cost: -cost }] },
        result: undefined,
      }));
    }
  },
  'blocks in one process only': class extends SimpleLimiter {
    #until = 0;
    override async block(_: string, forMs: number): Promise<void> {
      this.#until = Date.now() + forMs;
    }
    override decide(record: LimiterRecord, now: number, cost: number): LimitUnderTest {
      return super.decide({ ...record, blockedUntil: this.#until }, now, cost);
    }
  },
};
