import type { CallOptions, Change, Clock, Store } from '@grovekv/kv-core';
import type { Ask } from './ask.js';
import type { Cell } from './cell.js';
import { decide, resetMsOf, statesOf } from './decide.js';
import { asTheyAre, decodeRecord, encodeRecord, type LimiterRecord } from './limiter-record.js';
import { LimiterTime } from './limiter-time.js';
import type { Limit, RateLimitStore } from './options.js';
import type { RateLimitResult } from './rate-limit-result.js';
import type { LimitState } from './strategies/strategy.js';

/** Where a wall clock that jumps an hour would make records expire, they are kept for longer. */
const JUMP_MS = 65 * 60_000;
const WITH_TTL = { withTtl: true } as const;

/** What the store's `update` tells of an entry. */
interface Left {
  readonly ttlMs: number | undefined;
}

/** The records of one limiter in the store. */
export class LimiterTable {
  readonly #store: Store<Uint8Array>;
  readonly #limits: readonly Limit[];
  readonly #clock: Clock;
  readonly #time: LimiterTime;
  readonly #marginMs: number;

  constructor(store: RateLimitStore, name: string, limits: readonly Limit[], clock: Clock) {
    this.#store = store.namespace(name).with({ codec: asTheyAre });
    this.#limits = limits;
    this.#clock = clock;
    const byServer = store.capabilities.expiryClock === 'server';
    const shortest = Math.min(...limits.map(({ windowMs }) => windowMs));
    this.#time = new LimiterTime(clock, byServer, shortest);
    this.#marginMs = byServer ? 1 : JUMP_MS;
  }

  /**
   * Decides the requests of an ask in one write, each seeing what the one before it took; none if all are
   * refused. While the ask is `open` in the cell others may join; it is closed once it is being decided.
   */
  take(
    key: string,
    cell: Cell,
    ask: Ask,
    options: CallOptions | undefined,
  ): Promise<readonly RateLimitResult[]> {
    return this.#store.update(
      key,
      (stored, left) => {
        if (cell.open === ask) cell.open = undefined;
        return this.#decide(key, cell, ask, stored, left);
      },
      options ? { ...WITH_TTL, ...options } : WITH_TTL,
    );
  }

  /** What a request of this cost would be told. One read. */
  async look(
    key: string,
    cell: Cell,
    cost: number,
    options?: CallOptions,
  ): Promise<RateLimitResult> {
    const askedAt = this.#clock.monotonic();
    const entry = await this.#store.getEntry(key, options);
    const record = this.#recordOf(entry?.value, key);
    const wall = this.#clock.now();
    const now = this.#time.of(cell, record, entry?.ttlMs, askedAt, wall);
    const states = statesOf(record, this.#limits);
    const blockedUntil = record?.blockedUntil ?? 0;
    const would = decide(this.#limits, states, now, blockedUntil, cost);
    const { limit, remaining, resetMs } = decide(this.#limits, states, now, blockedUntil, 0);
    const { allowed, retryAfterMs } = would;
    return { allowed, limit, remaining, retryAfterMs, resetAt: Math.ceil(wall + resetMs) };
  }

  /** Gives back what was taken. */
  async give(key: string, cell: Cell, cost: number, options?: CallOptions): Promise<void> {
    await this.#change(key, cell, options, (record, now) => ({
      states: statesOf(record, this.#limits).map((state, index) =>
        this.#limits[index]!.strategy.give(state, now, cost),
      ),
      blockedUntil: record?.blockedUntil ?? 0,
    }));
  }

  /** Lets nobody in for so long, or for as long as it was blocked before if that is longer. */
  async block(key: string, cell: Cell, ms: number, options?: CallOptions): Promise<void> {
    await this.#change(key, cell, options, (record, now) => ({
      states: statesOf(record, this.#limits),
      blockedUntil: Math.max(record?.blockedUntil ?? 0, now + ms),
    }));
  }

  /** Forgets everything. */
  async reset(key: string, options?: CallOptions): Promise<void> {
    await this.#store.delete(key, options);
  }

  #decide(
    key: string,
    cell: Cell,
    { costs, askedAt }: Ask,
    stored: Uint8Array | undefined,
    { ttlMs }: Left,
  ): Change<Uint8Array, readonly RateLimitResult[]> {
    const record = this.#recordOf(stored, key);
    const wall = this.#clock.now();
    const now = this.#time.of(cell, record, ttlMs, askedAt, wall);
    const blockedUntil = record ? record.blockedUntil : 0;
    let states = statesOf(record, this.#limits);
    let longestMs = 0;
    let taken = false;
    const results = new Array<RateLimitResult>(costs.length);
    for (let index = 0; index < costs.length; index += 1) {
      const decision = decide(this.#limits, states, now, blockedUntil, costs[index]!);
      const { allowed, limit, remaining, retryAfterMs, resetMs } = decision;
      if (allowed) {
        taken = true;
        states = decision.states;
      }
      longestMs = resetMs;
      const resetAt = Math.ceil(wall + resetMs);
      results[index] = { allowed, limit, remaining, retryAfterMs, resetAt };
    }
    if (!taken) return { keep: true, result: results };
    const ttl = Math.ceil(longestMs) + this.#marginMs;
    const put = encodeRecord({ at: now, ttlMs: ttl, blockedUntil, states });
    return { put, ttlMs: ttl, result: results };
  }

  async #change(
    key: string,
    cell: Cell,
    options: CallOptions | undefined,
    next: (
      record: LimiterRecord | undefined,
      now: number,
    ) => { readonly states: readonly LimitState[]; readonly blockedUntil: number },
  ): Promise<void> {
    const askedAt = this.#clock.monotonic();
    await this.#store.update<Uint8Array, undefined>(
      key,
      (stored, { ttlMs }) => {
        const record = this.#recordOf(stored, key);
        const at = this.#time.of(cell, record, ttlMs, askedAt, this.#clock.now());
        const { states, blockedUntil } = next(record, at);
        const resetMs = resetMsOf(this.#limits, states, at, blockedUntil);
        if (resetMs === 0) return { delete: true, result: undefined };
        const ttl = Math.ceil(resetMs) + this.#marginMs;
        const put = encodeRecord({ at, ttlMs: ttl, blockedUntil, states });
        return { put, ttlMs: ttl, result: undefined };
      },
      { ...WITH_TTL, ...options },
    );
  }

  #recordOf(stored: Uint8Array | undefined, key: string): LimiterRecord | undefined {
    return stored && decodeRecord(stored, this.#limits.length, key);
  }
}
