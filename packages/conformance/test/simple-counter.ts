import { KvError, type Store } from '@grovekv/kv-core';
import type { CounterUnderTest } from '../src/index.js';

/** The least that a correct counter is; the broken ones override a method. */
export class SimpleCounter implements CounterUnderTest {
  protected readonly store: Store;
  protected readonly key: string;

  constructor(store: Store, name: string, options: { readonly ttlMs?: number } = {}) {
    this.store = store.with({ ttlMs: options.ttlMs });
    this.key = `counter:${name}`;
  }

  async add(by = 1, options: { readonly min?: number; readonly max?: number } = {}) {
    return this.store.increment(this.key, by, options);
  }

  async get(): Promise<number> {
    return (await this.store.get<number>(this.key)) ?? 0;
  }

  async set(value: number): Promise<void> {
    if (!Number.isSafeInteger(value)) throw new KvError('INVALID_ARGUMENT', 'not an integer');
    await this.store.set(this.key, value);
  }

  async reset(): Promise<number> {
    return this.store.update<number, number>(this.key, (n = 0) => ({ delete: true, result: n }));
  }

  async compareAndSet(expected: number, next: number) {
    return this.store.update<number, { value: number; applied: boolean }>(this.key, (n = 0) =>
      n === expected
        ? { put: next, result: { value: next, applied: true } }
        : { keep: true, result: { value: n, applied: false } },
    );
  }
}

export const brokenCounters: Readonly<Record<string, typeof SimpleCounter>> = {
  'adds by get and set': class extends SimpleCounter {
    override async add(by = 1) {
      const value = (await this.get()) + by;
      await this.set(value);
      return { value, applied: true };
    }
  },
  'resets by get and delete': class extends SimpleCounter {
    override async reset() {
      const value = await this.get();
      await this.store.delete(this.key);
      return value;
    }
  },
  'compares and sets in two steps': class extends SimpleCounter {
    override async compareAndSet(expected: number, next: number) {
      const value = await this.get();
      if (value !== expected) return { value, applied: false };
      await this.set(next);
      return { value: next, applied: true };
    }
  },
  'ignores its bounds': class extends SimpleCounter {
    override async add(by = 1) {
      return super.add(by);
    }
  },
  'repeats an addition in doubt': class extends SimpleCounter {
    override async add(by = 1, options = {}) {
      return super.add(by, options).catch(() => super.add(by, options));
    }
  },
  'answers with a value read afterwards': class extends SimpleCounter {
    override async add(by = 1, options = {}) {
      const { applied } = await super.add(by, options);
      return { value: await this.get(), applied };
    }
  },
};
