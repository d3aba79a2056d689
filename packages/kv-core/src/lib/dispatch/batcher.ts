import type { Driver, MaybePromise, Write } from '../driver/driver.js';
import { listOf } from '../driver/list-of.js';
import { timeoutError, toKvError } from '../errors/errors.js';
import { isKvError, KvError, type Outcome } from '../errors/kv-error.js';
import { type Deadline, Deadlines } from './deadlines.js';
import { endOfTick } from './end-of-tick.js';
import { isPromise } from './is-promise.js';
import {
  Asked,
  type IncrementRequest,
  type MutationRequest,
  type ReadRequest,
  type Request,
  type SortedSetRequest,
  type WriteRequest,
} from './request.js';

/** Drivers chunk by their own limits; this bounds how long one call keeps the others waiting. */
const LARGEST_BATCH = 1_000;

/** To a pipelined driver: fewer are not worth a call of their own; with more, the other side waits. */
const SMALLEST_PIECE = 24;
const LARGEST_PIECE = 256;

/**
 * Collects the requests of one tick and hands them to the driver, one call for each kind. It knows
 * nothing of keys that depend on each other: the keys of its open requests are distinct.
 */
export class Batcher {
  readonly #driver: Driver;
  readonly timeoutMs: number;
  readonly deadlines = new Deadlines();
  #reads: ReadRequest[] = [];
  #readsWithTtl: ReadRequest[] = [];
  #writes: WriteRequest[] = [];
  #increments: IncrementRequest[] = [];
  #mutations: MutationRequest[] = [];
  #sorted: SortedSetRequest[] = [];
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

  sortedSet(request: SortedSetRequest): void {
    this.#sorted.push(request);
    this.#schedule();
  }

  /** Waits, under the request's deadline, for the answer to a call that has been made already. */
  await<Item, Result>(
    request: Request<Item, Result>,
    answer: Promise<(Result | KvError)[]>,
    outcome: Outcome,
  ): void {
    this.#watch(listOf(request), outcome, answer);
  }

  /** Runs one call that is not batched, of the driver or of a hook, under the same deadline. */
  call<T>(
    run: (timeoutMs: number) => MaybePromise<T>,
    outcome: Outcome,
    deadline: number,
  ): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const done = (result: T | KvError): void => {
        if (isKvError(result)) reject(result);
        else resolve(result);
      };
      this.#send(listOf(new Asked(undefined, deadline, done)), outcome, (_, timeoutMs) => {
        const answer = run(timeoutMs);
        return isPromise(answer) ? answer.then((result) => [result]) : [answer];
      });
    });
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    endOfTick.then(this.#flush);
  }

  /** Sends all requests that `work` makes as one batch, at once. */
  inOneBatch = (work: () => void): void => {
    this.#scheduled = true;
    try {
      work();
    } finally {
      this.#flush();
    }
  };

  #flush = (): void => {
    this.#scheduled = false;
    const driver = this.#driver;
    if (this.#reads.length > 0) {
      const requests = this.#reads;
      this.#reads = listOf();
      this.#each(requests, 'none', (keys, timeoutMs) =>
        driver.get(keys, { timeoutMs, ttl: false }),
      );
    }
    if (this.#readsWithTtl.length > 0) {
      const requests = this.#readsWithTtl;
      this.#readsWithTtl = listOf();
      this.#each(requests, 'none', (keys, timeoutMs) => driver.get(keys, { timeoutMs, ttl: true }));
    }
    if (this.#writes.length > 0) {
      const requests = this.#writes;
      this.#writes = listOf();
      this.#write(requests);
    }
    if (this.#increments.length > 0) {
      const requests = this.#increments;
      this.#increments = listOf();
      this.#each(requests, 'unknown', (items, timeoutMs) =>
        (driver.increment as NonNullable<Driver['increment']>)(items, { timeoutMs }),
      );
    }
    if (this.#mutations.length > 0) {
      const requests = this.#mutations;
      this.#mutations = listOf();
      this.#each(requests, 'unknown', (items, timeoutMs) =>
        (driver.mutate as NonNullable<Driver['mutate']>)(items, { timeoutMs }),
      );
    }
    if (this.#sorted.length > 0) {
      const requests = this.#sorted;
      this.#sorted = listOf();
      this.#each(requests, 'unknown', (items, timeoutMs) =>
        (driver.sortedSet as NonNullable<Driver['sortedSet']>)(items, { timeoutMs }),
      );
    }
  };

  #write(requests: WriteRequest[]): void {
    const driver = this.#driver;
    const call = (writes: Write[], timeoutMs: number) => driver.write(writes, { timeoutMs });
    if (driver.traits.pipelined !== 'conditional') {
      this.#each(requests, 'unknown', call);
      return;
    }
    const conditional = requests.filter(({ item }) => item.condition !== 'any');
    this.#each(conditional, 'unknown', call, true);
    if (conditional.length === requests.length) return;
    const others = requests.filter(({ item }) => item.condition === 'any');
    this.#each(others, 'unknown', call);
  }

  #each<Item, Result>(
    requests: Request<Item, Result>[],
    outcome: Outcome,
    call: (items: Item[], timeoutMs: number) => MaybePromise<(Result | KvError)[]>,
    inPieces = this.#driver.traits.pipelined === true,
  ): void {
    const size = inPieces ? pieceSize(requests.length) : LARGEST_BATCH;
    for (let from = 0; from < requests.length; from += size) {
      const part = requests.length <= size ? requests : requests.slice(from, from + size);
      this.#send(part, outcome, call);
    }
  }

  #send<Item, Result>(
    requests: Request<Item, Result>[],
    outcome: Outcome,
    call: (items: Item[], timeoutMs: number) => MaybePromise<(Result | KvError)[]>,
  ): void {
    const items = requests.map((request) => request.item);
    let answer: MaybePromise<(Result | KvError)[]>;
    try {
      answer = call(items, this.timeoutMs);
    } catch (error) {
      failAll(requests, toKvError(error, outcome));
      return;
    }
    if (!isPromise(answer)) {
      settleAll(requests, answer, outcome);
      return;
    }
    this.#watch(requests, outcome, answer);
  }

  #watch<Item, Result>(
    requests: Request<Item, Result>[],
    outcome: Outcome,
    answer: Promise<(Result | KvError)[]>,
  ): void {
    const watch = new Watch(requests, outcome, this);
    this.deadlines.add(watch);
    answer.then(
      (results) => {
        if (this.deadlines.delete(watch)) settleAll(watch.requests, results, outcome);
      },
      (error: unknown) => {
        if (this.deadlines.delete(watch)) failAll(watch.requests, toKvError(error, outcome));
      },
    );
  }
}

/** In two pieces or more, client and server work at the same time instead of in turn. */
function pieceSize(requests: number): number {
  if (requests < 2 * SMALLEST_PIECE) return requests;
  return Math.min(LARGEST_PIECE, Math.ceil(requests / 2));
}

/** The open requests of one driver call. Each ends at its own deadline; the call may go on for others. */
class Watch<Item, Result> implements Deadline {
  readonly requests: (Request<Item, Result> | undefined)[];
  readonly #outcome: Outcome;
  readonly #batcher: Batcher;
  deadline: number;
  place = -1;

  constructor(requests: Request<Item, Result>[], outcome: Outcome, batcher: Batcher) {
    this.requests = requests;
    this.#outcome = outcome;
    this.#batcher = batcher;
    this.deadline = this.#next();
  }

  expire(): void {
    const { timeoutMs, deadlines } = this.#batcher;
    const now = performance.now();
    const late: Request<Item, Result>[] = [];
    this.requests.forEach((request, index) => {
      if (!request || request.deadline > now) return;
      this.requests[index] = undefined;
      late.push(request);
    });
    this.deadline = this.#next();
    if (this.deadline !== Number.POSITIVE_INFINITY) deadlines.add(this);
    failAll(late, timeoutError(timeoutMs, this.#outcome));
  }

  #next(): number {
    let next = Number.POSITIVE_INFINITY;
    for (const request of this.requests) {
      if (request && request.deadline < next) next = request.deadline;
    }
    return next;
  }
}

function settleAll<Item, Result>(
  requests: readonly (Request<Item, Result> | undefined)[],
  results: readonly (Result | KvError)[],
  outcome: Outcome,
): void {
  if (!Array.isArray(results) || results.length !== requests.length) {
    const text = `the driver did not answer ${requests.length} requests with as many results`;
    failAll(requests, new KvError('INVALID_DRIVER', text, { outcome }));
    return;
  }
  for (let index = 0; index < requests.length; index += 1) {
    requests[index]?.done(results[index]!);
  }
}

function failAll<Item, Result>(
  requests: readonly (Request<Item, Result> | undefined)[],
  error: KvError,
): void {
  for (const request of requests) request?.done(error);
}
