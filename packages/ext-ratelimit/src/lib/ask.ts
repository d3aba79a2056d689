import type { RateLimitResult } from './rate-limit-result.js';

/** A request that has joined another's. */
interface Joined {
  resolve(result: RateLimitResult): void;
  reject(error: unknown): void;
}

/** Requests for one key that are answered by one update. */
export class Ask {
  readonly costs: number[];
  /** When the store was asked, by the monotonic clock. */
  readonly askedAt: number;
  #joined: Joined[] | undefined = undefined;

  constructor(cost: number, askedAt: number) {
    this.costs = [cost];
    this.askedAt = askedAt;
  }

  /** The answer to one more request. */
  join(cost: number): Promise<RateLimitResult> {
    this.#joined ??= [];
    const joined = this.#joined;
    return new Promise((resolve, reject) => {
      this.costs.push(cost);
      joined.push({ resolve, reject });
    });
  }

  /** Answers those who joined; returns the result of the first. */
  answer(results: readonly RateLimitResult[]): RateLimitResult {
    const joined = this.#joined;
    if (joined) {
      for (let index = 0; index < joined.length; index += 1) {
        joined[index]!.resolve(results[index + 1]!);
      }
    }
    return results[0]!;
  }

  /** Answers all with what is made of the failure, or else rejects with what is thrown. */
  fail(answer: () => RateLimitResult): RateLimitResult {
    for (const { resolve, reject } of this.#joined ?? []) {
      try {
        resolve(answer());
      } catch (error) {
        reject(error);
      }
    }
    return answer();
  }
}
