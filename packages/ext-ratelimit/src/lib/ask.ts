import type { RateLimitResult } from './rate-limit-result.js';

/** Requests for one key that are answered by one update. */
export class Ask {
  readonly costs: number[] = [];
  readonly #resolve: ((result: RateLimitResult) => void)[] = [];
  readonly #reject: ((error: unknown) => void)[] = [];

  add(cost: number): Promise<RateLimitResult> {
    return new Promise((resolve, reject) => {
      this.costs.push(cost);
      this.#resolve.push(resolve);
      this.#reject.push(reject);
    });
  }

  answer(results: readonly RateLimitResult[]): void {
    for (let index = 0; index < results.length; index += 1) this.#resolve[index]!(results[index]!);
  }

  fail(error: unknown): void {
    for (const reject of this.#reject) reject(error);
  }
}
