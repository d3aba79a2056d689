import { KvError, type Store } from '@grovekv/kv-core';
import type { LeaseUnderTest, LockUnderTest } from '../src/index.js';

interface LockRecord {
  readonly fence: number;
  readonly nonce: string;
  readonly until: number;
}

interface Settings {
  readonly ttlMs: number;
  readonly autoExtend?: boolean;
}

/** The least that a correct lock is; the broken ones override a method. */
export class SimpleLock implements LockUnderTest {
  readonly store: Store;
  readonly key: string;
  readonly settings: Settings;

  constructor(store: Store, name: string, settings: Settings) {
    this.store = store;
    this.key = `lock:${name}`;
    this.settings = settings;
  }

  async tryAcquire(): Promise<SimpleLease | undefined> {
    const { ttlMs } = this.settings;
    const nonce = crypto.randomUUID();
    const called = performance.now();
    const fence = await this.store.update<LockRecord, number | undefined>(
      this.key,
      (record, { now }) => {
        if (record?.nonce === nonce) return { keep: true, result: record.fence };
        if (record && this.isHeld(record, now)) return { keep: true, result: undefined };
        const next = (record?.fence ?? 0) + 1;
        return { put: { fence: next, nonce, until: now + ttlMs }, result: next };
      },
      { idempotent: true },
    );
    return fence === undefined ? undefined : new SimpleLease(this, fence, nonce, called + ttlMs);
  }

  async acquire(options: { signal?: AbortSignal | undefined; waitMs?: number | undefined } = {}) {
    const { signal, waitMs = Number.POSITIVE_INFINITY } = options;
    const end = performance.now() + waitMs;
    for (;;) {
      if (signal?.aborted) throw new KvError('ABORTED', 'the wait was aborted');
      const lease = await this.tryAcquire();
      if (lease) return lease;
      if (performance.now() > end) throw new KvError('LOCK_TIMEOUT', 'not free in time');
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  }

  async withLock<T>(body: (lease: LeaseUnderTest) => T | Promise<T>): Promise<T> {
    const lease = await this.acquire();
    try {
      return await body(lease);
    } finally {
      await lease.release();
    }
  }

  isHeld(record: LockRecord, now: number): boolean {
    return record.until > now;
  }

  async free(nonce: string): Promise<boolean> {
    return this.store.update<LockRecord, boolean>(
      this.key,
      (record) =>
        record?.nonce === nonce
          ? { put: { ...record, until: 0 }, result: true }
          : { keep: true, result: false },
      { idempotent: true },
    );
  }

  async prolong(nonce: string, ttlMs: number): Promise<boolean> {
    return this.store.update<LockRecord, boolean>(
      this.key,
      (record, { now }) =>
        record?.nonce === nonce && record.until > now
          ? { put: { ...record, until: now + ttlMs }, result: true }
          : { keep: true, result: false },
      { idempotent: true },
    );
  }
}

export class SimpleLease implements LeaseUnderTest {
  readonly fence: number;
  readonly #lock: SimpleLock;
  readonly #nonce: string;
  readonly #controller = new AbortController();
  readonly #extending: ReturnType<typeof setInterval> | undefined;
  #deadline: number;
  #ending: ReturnType<typeof setTimeout> | undefined;
  #release: Promise<boolean> | undefined;

  constructor(lock: SimpleLock, fence: number, nonce: string, deadline: number) {
    this.#lock = lock;
    this.fence = fence;
    this.#nonce = nonce;
    this.#deadline = deadline;
    this.#watch();
    if (lock.settings.autoExtend !== false) {
      const extend = (): void => void this.extend().catch(() => {});
      this.#extending = setInterval(extend, lock.settings.ttlMs / 3);
    }
  }

  get held(): boolean {
    return !this.#release && performance.now() < this.#deadline;
  }

  get signal(): AbortSignal {
    if (!this.held && !this.#release) this.#controller.abort();
    return this.#controller.signal;
  }

  async extend(ttlMs = this.#lock.settings.ttlMs): Promise<void> {
    const called = performance.now();
    if (!this.held || !(await this.#lock.prolong(this.#nonce, ttlMs))) {
      throw new KvError('LOCK_LOST', 'the lease is over');
    }
    this.#deadline = called + ttlMs;
    this.#watch();
  }

  release(): Promise<boolean> {
    if (!this.#release && !this.held) return Promise.resolve(false);
    clearTimeout(this.#ending);
    clearInterval(this.#extending);
    this.#release ??= this.#lock.free(this.#nonce);
    return this.#release;
  }

  #watch(): void {
    clearTimeout(this.#ending);
    const end = (): void => {
      clearInterval(this.#extending);
      this.#controller.abort();
    };
    this.#ending = setTimeout(end, this.#deadline - performance.now());
  }
}

export const brokenLocks: Readonly<Record<string, typeof SimpleLock>> = {
  'is no lock at all': class extends SimpleLock {
    override isHeld(): boolean {
      return false;
    }
  },
  'begins its fences again after a release': class extends SimpleLock {
    override async free() {
      return this.store.delete(this.key);
    }
  },
  'is released by anybody': class extends SimpleLock {
    override async free() {
      return this.store.update<LockRecord, boolean>(this.key, (record) =>
        record ? { put: { ...record, until: 0 }, result: true } : { keep: true, result: false },
      );
    }
    override async tryAcquire() {
      const lease = await super.tryAcquire();
      if (!lease) await this.free();
      return lease;
    }
  },
  'ends before its ttl': class extends SimpleLock {
    override isHeld(record: LockRecord, now: number) {
      return record.until - this.settings.ttlMs / 2 > now;
    }
  },
  'does not extend': class extends SimpleLock {
    override async prolong() {
      return true;
    }
  },
  'is read, then written': class extends SimpleLock {
    override async tryAcquire() {
      const record = await this.store.get<LockRecord>(this.key);
      const now = Date.now();
      if (record && this.isHeld(record, now)) return undefined;
      const { ttlMs } = this.settings;
      const called = performance.now();
      const next = {
        fence: (record?.fence ?? 0) + 1,
        nonce: crypto.randomUUID(),
        until: now + ttlMs,
      };
      await this.store.set(this.key, next);
      return new SimpleLease(this, next.fence, next.nonce, called + ttlMs);
    }
  },
};
