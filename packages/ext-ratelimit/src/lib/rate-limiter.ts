import { type CallOptions, type Clock, isKvError, type KvError } from '@grovekv/kv-core';
import { Ask } from './ask.js';
import { Cell } from './cell.js';
import { DenyCache } from './deny-cache.js';
import { LimiterTable } from './limiter-table.js';
import {
  checkName,
  count,
  invalid,
  type Limit,
  limitsOf,
  type OnError,
  type RateLimiterOptions,
  type RateLimitStore,
  span,
  spanOrZero,
} from './options.js';
import type { RateLimitResult } from './rate-limit-result.js';
import { Recent } from './recent.js';
import { sleep } from './sleep.js';

/** Options of a call that has a cost. */
export interface CostOptions extends CallOptions {
  /** Whole units that the request takes. Default 1. */
  readonly cost?: number | undefined;
}

/** Options of {@link RateLimiter.waitFor}. */
export interface WaitOptions extends CostOptions {
  /** Longest wait in milliseconds. Default `Infinity`. */
  readonly maxWaitMs?: number | undefined;
}

/** Lets so much through in so long, counted together by all processes that share the store. */
export interface RateLimiter {
  readonly name: string;
  /**
   * Takes `cost` units if every limit allows it; else takes nothing. Requests that meet on a key are
   * decided in one write; a refusal writes nothing, and repeated ones ask nobody. Rejects as the store
   * fails, unless `onError` says otherwise: if the outcome is unknown, the units may have been taken.
   */
  limit(key: string, options?: CostOptions): Promise<RateLimitResult>;
  /** What {@link limit} would say, without taking anything; `remaining` is what is left now. One read. */
  peek(key: string, options?: CostOptions): Promise<RateLimitResult>;
  /**
   * Waits until it is let in. Resolves with a refusal when that would take longer than `maxWaitMs`; rejects
   * with `INVALID_ARGUMENT` for a cost that no limit can ever give, with `ABORTED` by its signal.
   */
  waitFor(key: string, options?: WaitOptions): Promise<RateLimitResult>;
  /** Gives units back: for a request that failed and shall not count. One write. */
  refund(key: string, options?: CostOptions): Promise<void>;
  /** Refuses everything under this key for `ms` milliseconds, in all processes. One write. */
  block(key: string, ms: number, options?: CallOptions): Promise<void>;
  /** Forgets what was taken, and a block. One write. */
  reset(key: string, options?: CallOptions): Promise<void>;
}

/**
 * Makes a {@link RateLimiter}. Its records are under the namespace `name` of the store. Nothing is stored
 * before the first request.
 *
 * @throws KvError `INVALID_ARGUMENT` or `INVALID_KEY` for options that cannot be right.
 */
export function createRateLimiter(
  store: RateLimitStore,
  name: string,
  options: RateLimiterOptions,
): RateLimiter {
  return new StoreRateLimiter(store, name, options);
}

class StoreRateLimiter implements RateLimiter {
  readonly name: string;
  readonly #limits: readonly Limit[];
  readonly #most: number;
  readonly #clock: Clock;
  readonly #table: LimiterTable;
  readonly #cells = new Recent<Cell>();
  readonly #denials: DenyCache | undefined;
  readonly #onError: OnError | undefined;

  constructor(store: RateLimitStore, name: string, options: RateLimiterOptions) {
    const { onError, denyCacheMs = 1_000, clock = store.clock } = options;
    this.name = checkName(name);
    this.#limits = limitsOf(options);
    this.#most = Math.min(...this.#limits.map(({ most }) => most));
    this.#clock = clock;
    this.#table = new LimiterTable(store, name, this.#limits, clock);
    const denyMs = spanOrZero('denyCacheMs', denyCacheMs);
    this.#denials = denyMs > 0 ? new DenyCache(clock, denyMs) : undefined;
    if (
      onError !== undefined &&
      typeof onError !== 'function' &&
      onError !== 'open' &&
      onError !== 'closed'
    ) {
      throw invalid("onError is 'open', 'closed' or a function");
    }
    this.#onError = onError;
  }

  limit(key: string, options?: CostOptions): Promise<RateLimitResult> {
    let cost = 1;
    try {
      if (options?.cost !== undefined) cost = count('cost', options.cost);
    } catch (error) {
      return Promise.reject(error);
    }
    const cell = this.#cellOf(key);
    const denied = this.#denials?.find(cell, cost);
    if (denied) return Promise.resolve(denied);
    if (!options?.signal) {
      if (cell.open) return cell.open.join(cost);
      cell.open = new Ask(cost, this.#clock.monotonic());
      return this.#answer(key, cell, cell.open, undefined);
    }
    return this.#answer(key, cell, new Ask(cost, this.#clock.monotonic()), options);
  }

  /** Has an ask decided, and answers all its requests; resolves with the result of the first. */
  #answer(
    key: string,
    cell: Cell,
    ask: Ask,
    options: CallOptions | undefined,
  ): Promise<RateLimitResult> {
    return this.#table.take(key, cell, ask, options).then(
      (results) => {
        this.#denials?.noteAll(cell, ask, results);
        return ask.answer(results);
      },
      (error: unknown) => {
        if (cell.open === ask) cell.open = undefined;
        return ask.fail(() => this.#failed(error, key));
      },
    );
  }

  async peek(key: string, options?: CostOptions): Promise<RateLimitResult> {
    const cost = count('cost', options?.cost ?? 1);
    return this.#table.look(key, this.#cellOf(key), cost, options);
  }

  async waitFor(key: string, options: WaitOptions = {}): Promise<RateLimitResult> {
    const { cost = 1, maxWaitMs = Number.POSITIVE_INFINITY, signal } = options;
    if (count('cost', cost) > this.#most)
      throw invalid(`no more than ${this.#most} can be had at once`);
    const until = this.#clock.monotonic() + spanOrZero('maxWaitMs', maxWaitMs);
    for (;;) {
      const result = await this.limit(key, { cost, signal });
      if (result.allowed) return result;
      const { retryAfterMs } = result;
      if (this.#clock.monotonic() + retryAfterMs > until) return result;
      // Those who wait for the same moment do not all come at it.
      await sleep(
        this.#clock,
        retryAfterMs + Math.random() * Math.min(retryAfterMs / 10, 50),
        key,
        signal,
      );
    }
  }

  async refund(key: string, options?: CostOptions): Promise<void> {
    const cost = count('cost', options?.cost ?? 1);
    const cell = this.#cellOf(key);
    cell.denial = undefined;
    await this.#table.give(key, cell, cost, options);
    this.#cellOf(key).denial = undefined;
  }

  async block(key: string, ms: number, options?: CallOptions): Promise<void> {
    await this.#table.block(key, this.#cellOf(key), span('ms', ms), options);
  }

  async reset(key: string, options?: CallOptions): Promise<void> {
    this.#cellOf(key).denial = undefined;
    await this.#table.reset(key, options);
    this.#cellOf(key).denial = undefined;
  }

  #cellOf(key: string): Cell {
    let cell = this.#cells.get(key);
    if (!cell) {
      cell = new Cell();
      this.#cells.set(key, cell);
    }
    return cell;
  }

  /** What `onError` makes of a failure of the store. Mistakes of the caller are none. */
  #failed(error: unknown, key: string): RateLimitResult {
    const { code } = isKvError(error) ? error : {};
    const outage = code === 'UNAVAILABLE' || code === 'TIMEOUT' || code === 'CONTENTION';
    if (!outage || this.#onError === undefined) throw error;
    const failure = error as KvError;
    const onError = this.#onError;
    const allowed =
      typeof onError === 'function' ? onError(failure, key) === true : onError === 'open';
    const [{ limit, windowMs }] = this.#limits as [Limit];
    const retryAfterMs = allowed ? 0 : Math.min(1_000, windowMs);
    return {
      allowed,
      limit,
      remaining: 0,
      retryAfterMs,
      resetAt: this.#clock.now(),
      error: failure,
    };
  }
}
