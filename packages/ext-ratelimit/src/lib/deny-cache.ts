import type { Clock } from '@grovekv/kv-core';
import type { RateLimitResult } from './rate-limit-result.js';
import { Recent } from './recent.js';

interface Denial {
  readonly cost: number;
  readonly result: RateLimitResult;
  /** By the monotonic clock: when it was told, and until when it is certain. */
  readonly at: number;
  readonly until: number;
}

/**
 * Refusals that are certain without asking: others can only take more, so what was refused stays refused
 * until the time that the refusal named, and so does all that costs as much.
 */
export class DenyCache {
  readonly #clock: Clock;
  readonly #mostMs: number;
  readonly #denials = new Recent<Denial>();
  #latest = 0;

  constructor(clock: Clock, mostMs: number) {
    this.#clock = clock;
    this.#mostMs = mostMs;
  }

  /** The refusal of a request of this cost, if it is certain. */
  find(key: string, cost: number): RateLimitResult | undefined {
    if (this.#latest === 0) return undefined;
    const denial = this.#denials.get(key);
    if (!denial || cost < denial.cost) return undefined;
    const now = this.#clock.monotonic();
    if (now >= denial.until) return undefined;
    const { allowed, limit, remaining, retryAfterMs, resetAt } = denial.result;
    const left = Math.max(1, Math.ceil(retryAfterMs - (now - denial.at)));
    return { allowed, limit, remaining, retryAfterMs: left, resetAt };
  }

  /** Notes a refusal of the store, asked for at `askedAt` of the monotonic clock. */
  note(key: string, cost: number, askedAt: number, result: RateLimitResult): void {
    const ms = Math.min(this.#mostMs, result.retryAfterMs);
    if (ms <= 0) return;
    this.#latest = askedAt + ms;
    this.#denials.set(key, { cost, result, at: askedAt, until: askedAt + ms });
  }

  /** Something was given back. */
  forget(key: string): void {
    this.#denials.delete(key);
  }
}
