import type { CallOptions, Change, Clock, Store } from '@grovekv/kv-core';
import { text } from '@grovekv/kv-core/codecs';
import { Ask } from './ask.js';
import { decide, resetMsOf, statesOf } from './decide.js';
import { decodeRecord, encodeRecord, type LimiterRecord } from './limiter-record.js';
import { LimiterTime } from './limiter-time.js';
import type { Limit, RateLimitStore } from './options.js';
import type { RateLimitResult } from './rate-limit-result.js';
import { Recent } from './recent.js';
import type { LimitState } from './strategies/strategy.js';

/** Where a wall clock that jumps an hour would make records expire, they are kept for longer. */
const JUMP_MS = 65 * 60_000;
const WITH_TTL = { withTtl: true } as const;

/** The records of one limiter in the store. */
export class LimiterTable {
  readonly #store: Store<string>;
  readonly #limits: readonly Limit[];
  readonly #clock: Clock;
  readonly #time: LimiterTime;
  readonly #marginMs: number;
  /** Requests whose update has not begun to decide. */
  readonly #open = new Map<string, Ask>();
  /** Records as they were last written or read, so that most need not be taken apart. */
  readonly #known = new Recent<{ readonly text: string; readonly record: LimiterRecord }>();

  constructor(store: RateLimitStore, name: string, limits: readonly Limit[], clock: Clock) {
    this.#store = store.namespace(name).with({ codec: text() });
    this.#limits = limits;
    this.#clock = clock;
    const byServer = store.capabilities.expiryClock === 'server';
    const shortest = Math.min(...limits.map(({ windowMs }) => windowMs));
    this.#time = new LimiterTime(clock, byServer, shortest);
    this.#marginMs = byServer ? 1 : JUMP_MS;
  }

  /** Takes `cost` if all limits allow it. Requests that meet on a key are decided in one write. */
  take(key: string, cost: number, options: CallOptions | undefined): Promise<RateLimitResult> {
    if (options?.signal) return this.#takeAll(key, [cost], options).then(([result]) => result!);
    const open = this.#open.get(key);
    if (open) return open.add(cost);
    const ask = new Ask();
    const answer = ask.add(cost);
    this.#open.set(key, ask);
    const seal = (): void => {
      if (this.#open.get(key) === ask) this.#open.delete(key);
    };
    this.#takeAll(key, ask.costs, undefined, seal).then(
      (results) => ask.answer(results),
      (error: unknown) => {
        seal();
        ask.fail(error);
      },
    );
    return answer;
  }

  /** What a request of this cost would be told. One read. */
  async look(key: string, cost: number, options?: CallOptions): Promise<RateLimitResult> {
    const askedAt = this.#clock.monotonic();
    const entry = await this.#store.getEntry(key, options);
    const record = this.#recordOf(entry?.value, key);
    const now = this.#time.of(key, record, entry?.ttlMs, askedAt);
    const states = statesOf(record, this.#limits);
    const blockedUntil = record?.blockedUntil ?? 0;
    const would = decide(this.#limits, states, now, blockedUntil, cost);
    const { limit, remaining, resetMs } = decide(this.#limits, states, now, blockedUntil, 0);
    const { allowed, retryAfterMs } = would;
    return { allowed, limit, remaining, retryAfterMs, resetAt: this.#wall(resetMs) };
  }

  /** Gives back what was taken. */
  async give(key: string, cost: number, options?: CallOptions): Promise<void> {
    await this.#change(key, options, (record, now) => ({
      states: statesOf(record, this.#limits).map((state, index) =>
        this.#limits[index]!.strategy.give(state, now, cost),
      ),
      blockedUntil: record?.blockedUntil ?? 0,
    }));
  }

  /** Lets nobody in for so long, or for as long as it was blocked before if that is longer. */
  async block(key: string, ms: number, options?: CallOptions): Promise<void> {
    await this.#change(key, options, (record, now) => ({
      states: statesOf(record, this.#limits),
      blockedUntil: Math.max(record?.blockedUntil ?? 0, now + ms),
    }));
  }

  /** Forgets everything. */
  async reset(key: string, options?: CallOptions): Promise<void> {
    await this.#store.delete(key, options);
  }

  #takeAll(
    key: string,
    costs: readonly number[],
    options: CallOptions | undefined,
    begin?: () => void,
  ): Promise<readonly RateLimitResult[]> {
    const askedAt = this.#clock.monotonic();
    const step = (
      stored: string | undefined,
      { ttlMs }: { readonly ttlMs: number | undefined },
    ): Change<string, readonly RateLimitResult[]> => {
      begin?.();
      const record = this.#recordOf(stored, key);
      const now = this.#time.of(key, record, ttlMs, askedAt);
      const blockedUntil = record?.blockedUntil ?? 0;
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
        results[index] = { allowed, limit, remaining, retryAfterMs, resetAt: this.#wall(resetMs) };
      }
      if (!taken) return { keep: true, result: results };
      const put = this.#textOf(key, { at: now, blockedUntil, states }, longestMs);
      return { ...put, result: results };
    };
    return this.#store.update(key, step, options ? { ...WITH_TTL, ...options } : WITH_TTL);
  }

  async #change(
    key: string,
    options: CallOptions | undefined,
    next: (
      record: LimiterRecord | undefined,
      now: number,
    ) => { readonly states: readonly LimitState[]; readonly blockedUntil: number },
  ): Promise<void> {
    const askedAt = this.#clock.monotonic();
    await this.#store.update<string, undefined>(
      key,
      (stored, { ttlMs }) => {
        const record = this.#recordOf(stored, key);
        const now = this.#time.of(key, record, ttlMs, askedAt);
        const { states, blockedUntil } = next(record, now);
        const resetMs = resetMsOf(this.#limits, states, now, blockedUntil);
        if (resetMs === 0) return { delete: true, result: undefined };
        const put = this.#textOf(key, { at: now, blockedUntil, states }, resetMs);
        return { ...put, result: undefined };
      },
      { ...WITH_TTL, ...options },
    );
  }

  #textOf(
    key: string,
    parts: Omit<LimiterRecord, 'ttlMs'>,
    resetMs: number,
  ): { readonly put: string; readonly ttlMs: number } {
    const ttlMs = Math.ceil(resetMs) + this.#marginMs;
    const record = { ...parts, ttlMs };
    const put = encodeRecord(record);
    this.#known.set(key, { text: put, record });
    return { put, ttlMs };
  }

  #recordOf(stored: string | undefined, key: string): LimiterRecord | undefined {
    if (stored === undefined) return undefined;
    const known = this.#known.get(key);
    if (known?.text === stored) return known.record;
    const record = decodeRecord(stored, this.#limits.length, key);
    this.#known.set(key, { text: stored, record });
    return record;
  }

  #wall(inMs: number): number {
    return Math.ceil(this.#clock.now() + inMs);
  }
}
