import type {
  Driver,
  Entry,
  Increment,
  IncrementResult,
  LocalMutation,
  MaybePromise,
  Write,
  WriteResult,
} from '../driver/driver.js';
import { timeoutError, toKvError } from '../errors/errors.js';
import type { KvError, Outcome } from '../errors/kv-error.js';
import { Deadlines } from './deadlines.js';

/** One item for the driver; `done` is called exactly once, with its result or its error. */
interface Request<Item, Result> {
  readonly item: Item;
  /** `performance.now()` by which it must be settled. */
  readonly deadline: number;
  done(result: Result | KvError): void;
}

export type ReadRequest = Request<string, Entry | undefined>;
export type WriteRequest = Request<Write, WriteResult>;
export type IncrementRequest = Request<Increment, IncrementResult>;
export type MutationRequest = Request<LocalMutation, undefined>;

/** Drivers chunk by their own limits; this bounds how long one call keeps the others waiting. */
const LARGEST_BATCH = 1_000;

/**
 * Collects the requests of one tick and hands them to the driver, one call for each kind. It knows
 * nothing of keys that depend on each other: the keys of its open requests are distinct.
 */
export class Batcher {
  readonly #driver: Driver;
  readonly timeoutMs: number;
  readonly #deadlines = new Deadlines();
  #reads: ReadRequest[] = [];
  #readsWithTtl: ReadRequest[] = [];
  #writes: WriteRequest[] = [];
  #increments: IncrementRequest[] = [];
  #mutations: MutationRequest[] = [];
  #scheduled = false;

  constructor(driver: Driver, timeoutMs: number) {
    this.#driver = driver;
    this.timeoutMs = timeoutMs;
  }

  read(request: ReadRequest, ttl: boolean): void {
    (ttl ? this.#readsWithTtl : this.#reads).push(request);
    this.#schedule();
  }

  write(request: WriteRequest): void {
    this.#writes.push(request);
    this.#schedule();
  }

  increment(request: IncrementRequest): void {
    this.#increments.push(request);
    this.#schedule();
  }

  mutate(request: MutationRequest): void {
    this.#mutations.push(request);
    this.#schedule();
  }

  /** Runs one driver call that is not batched, under the same deadline. */
  call<T>(
    run: (timeoutMs: number) => MaybePromise<T>,
    outcome: Outcome,
    deadline: number,
  ): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#send(deadline, run, outcome, (result, error) => {
        if (error) reject(error);
        else resolve(result as T);
      });
    });
  }

  stop(): void {
    this.#deadlines.stop();
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    queueMicrotask(this.flush);
  }

  /** Sends what has been collected. */
  flush = (): void => {
    this.#scheduled = false;
    const driver = this.#driver;
    if (this.#reads.length > 0) {
      const requests = this.#reads;
      this.#reads = [];
      this.#each(requests, 'none', (keys, timeoutMs) =>
        driver.get(keys, { timeoutMs, ttl: false }),
      );
    }
    if (this.#readsWithTtl.length > 0) {
      const requests = this.#readsWithTtl;
      this.#readsWithTtl = [];
      this.#each(requests, 'none', (keys, timeoutMs) => driver.get(keys, { timeoutMs, ttl: true }));
    }
    if (this.#writes.length > 0) {
      const requests = this.#writes;
      this.#writes = [];
      this.#each(requests, 'unknown', (writes, timeoutMs) => driver.write(writes, { timeoutMs }));
    }
    if (this.#increments.length > 0) {
      const requests = this.#increments;
      this.#increments = [];
      this.#each(requests, 'unknown', (items, timeoutMs) =>
        (driver.increment as NonNullable<Driver['increment']>)(items, { timeoutMs }),
      );
    }
    if (this.#mutations.length > 0) {
      const requests = this.#mutations;
      this.#mutations = [];
      this.#each(requests, 'unknown', (items, timeoutMs) =>
        (driver.mutate as NonNullable<Driver['mutate']>)(items, { timeoutMs }),
      );
    }
  };

  #each<Item, Result>(
    requests: Request<Item, Result>[],
    outcome: Outcome,
    call: (items: Item[], timeoutMs: number) => MaybePromise<(Result | KvError)[]>,
  ): void {
    for (let from = 0; from < requests.length; from += LARGEST_BATCH) {
      const part =
        requests.length <= LARGEST_BATCH ? requests : requests.slice(from, from + LARGEST_BATCH);
      const items = new Array<Item>(part.length);
      let deadline = Number.POSITIVE_INFINITY;
      for (let index = 0; index < part.length; index += 1) {
        const request = part[index]!;
        items[index] = request.item;
        if (request.deadline < deadline) deadline = request.deadline;
      }
      this.#send(
        deadline,
        (timeoutMs) => call(items, timeoutMs),
        outcome,
        (results, error) => {
          for (let index = 0; index < part.length; index += 1) {
            part[index]!.done(error ?? (results as (Result | KvError)[])[index]!);
          }
        },
      );
    }
  }

  #send<T>(
    deadline: number,
    call: (timeoutMs: number) => MaybePromise<T>,
    outcome: Outcome,
    done: (result: T | undefined, error: KvError | undefined) => void,
  ): void {
    let answer: MaybePromise<T>;
    try {
      answer = call(this.timeoutMs);
    } catch (error) {
      done(undefined, toKvError(error, outcome));
      return;
    }
    if (!(answer instanceof Promise)) {
      done(answer, undefined);
      return;
    }
    const watch = {
      deadline,
      expire: () => done(undefined, timeoutError(this.timeoutMs, outcome)),
    };
    this.#deadlines.add(watch);
    answer.then(
      (result) => {
        if (this.#deadlines.delete(watch)) done(result, undefined);
      },
      (error: unknown) => {
        if (this.#deadlines.delete(watch)) done(undefined, toKvError(error, outcome));
      },
    );
  }
}
