import type { Clock } from '@grovekv/kv-core';
import type { Ask } from './ask.js';
import type { Cell } from './cell.js';
import type { RateLimitResult } from './rate-limit-result.js';

/** A refusal. */
export interface Denial {
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

  constructor(clock: Clock, mostMs: number) {
    this.#clock = clock;
    this.#mostMs = mostMs;
  }

  /** The refusal of a request of this cost, if it is certain. */
  find(cell: Cell, cost: number): RateLimitResult | undefined {
    const { denial } = cell;
    if (denial === undefined || cost < denial.cost) return undefined;
    const now = this.#clock.monotonic();
    if (now >= denial.until) {
      cell.denial = undefined;
      return undefined;
    }
    const { allowed, limit, remaining, retryAfterMs, resetAt } = denial.result;
    const left = Math.max(1, Math.ceil(retryAfterMs - (now - denial.at)));
    return { allowed, limit, remaining, retryAfterMs: left, resetAt };
  }

  /** Notes what the store has refused. */
  noteAll(cell: Cell, { costs, askedAt }: Ask, results: readonly RateLimitResult[]): void {
    for (let index = 0; index < results.length; index += 1) {
      const result = results[index]!;
      if (result.allowed) continue;
      const ms = Math.min(this.#mostMs, result.retryAfterMs);
      const until = askedAt + ms;
      if (ms > 0) cell.denial = { cost: costs[index]!, result, at: askedAt, until };
    }
  }
}
