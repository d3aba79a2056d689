import { type CallOptions, isKvError, KvError } from '@grovekv/kv-core';
import { DeadLane, type DeadLetters } from './dead-letters.js';
import type { Entry } from './entry.js';
import type { Job } from './job.js';
import { newEntry } from './new-entry.js';
import {
  count,
  type EnqueueOptions,
  pause,
  type QueueOptions,
  type QueueSettings,
  type QueueStore,
  queueSettings,
  span,
} from './options.js';
import { QueueCore } from './queue-core.js';
import { Reservations } from './reservations.js';
import { Sleep } from './sleep.js';
import { idOf, lookAt, type PeekedJob, peekQueue, type QueueStats, surveyQueue } from './survey.js';
import { uidText } from './uid.js';
import { type Handler, startWorker, type Worker, type WorkerOptions } from './worker.js';

/** What `enqueue` came to. */
export interface Enqueued {
  readonly id: string;
  /** The job was there before, by its id or dedupe key; `id` is that job's. */
  readonly duplicate: boolean;
}

/** One of `enqueueMany`. */
export interface NewJob<T> extends EnqueueOptions {
  readonly payload: T;
}

/** Options of `reserve`. */
export interface ReserveOptions extends CallOptions {
  /** Default: the queue's. */
  readonly visibilityMs?: number | undefined;
  /** How long to wait for a job if there is none, in milliseconds; `Infinity` is allowed. Default 0. */
  readonly waitMs?: number | undefined;
}

/** A queue of jobs: at least once, in order for first deliveries. */
export interface Queue<T> {
  readonly name: string;
  /**
   * Adds a job; resolves when it is stored. Those of one tick share a write. An error with `outcome:
   * 'unknown'` may have added it: with an `id`, calling again adds it at most once. One round trip, or
   * two; some four more with an id or a dedupe key.
   */
  enqueue(payload: T, options?: EnqueueOptions): Promise<Enqueued>;
  /**
   * Adds jobs in order (those with an id or a dedupe key by themselves). All are checked before any is
   * sent; when one fails later, others may be stored: then `outcome` is `unknown`.
   */
  enqueueMany(jobs: readonly NewJob<T>[]): Promise<Enqueued[]>;
  /** The next job, leased; `undefined` if there is none. One write, or a read. */
  reserve(options?: ReserveOptions): Promise<Job<T> | undefined>;
  /** Up to `most` jobs in order, as many as there are; one at least is waited for. */
  reserveMany(most: number, options?: ReserveOptions): Promise<Job<T>[]>;
  /** Starts to handle jobs. */
  worker(handler: Handler<T>, options?: WorkerOptions<T>): Worker;
  readonly dead: DeadLetters<T>;
  /** How many jobs are in which state. A few round trips, more with delayed jobs and dead letters. */
  stats(): Promise<QueueStats>;
  /** The next jobs that can be delivered, without taking them. */
  peek(limit?: number): Promise<PeekedJob<T>[]>;
  /** Stops deliveries in all processes, within a quarter of a second or their next poll. */
  pause(): Promise<void>;
  resume(): Promise<void>;
}

const MOST_RESERVED = 1_000;
const MOST_PEEKED = 10_000;
const POLL = { min: 5, max: 250 };

/**
 * Makes a {@link Queue}. Nothing is stored before the first call. Throws `INVALID_ARGUMENT` for options
 * that make no sense, `INVALID_KEY` or `KEY_TOO_LARGE` for the name, and `NOT_SUPPORTED` on a driver that may evict records, unless `allowVolatile`.
 */
export function createQueue<T = unknown>(
  store: QueueStore,
  name: string,
  options: QueueOptions<T> = {},
): Queue<T> {
  return new StoreQueue(queueSettings(store, name, options));
}

class StoreQueue<T> implements Queue<T> {
  readonly name: string;
  readonly dead: DeadLetters<T>;
  readonly #settings: QueueSettings<T>;
  readonly #core: QueueCore;
  readonly #reservations: Reservations<T>;

  constructor(settings: QueueSettings<T>) {
    const { name, codec } = settings;
    this.name = name;
    this.#settings = settings;
    this.#core = new QueueCore(settings as unknown as QueueSettings<unknown>);
    this.dead = new DeadLane(this.#core, codec);
    this.#reservations = new Reservations(this.#core, codec);
  }

  async enqueue(payload: T, options: EnqueueOptions = {}): Promise<Enqueued> {
    return this.#send(this.#entry(payload, options));
  }

  async enqueueMany(jobs: readonly NewJob<T>[]): Promise<Enqueued[]> {
    const entries = jobs.map(({ payload, ...options }) => this.#entry(payload, options));
    const sent = await Promise.allSettled(entries.map((entry) => this.#send(entry)));
    const failed = sent.find((one) => one.status === 'rejected');
    if (!failed) return sent.map((one) => (one as PromiseFulfilledResult<Enqueued>).value);
    const isSure = (one: PromiseSettledResult<Enqueued>): boolean =>
      one.status === 'rejected' && isKvError(one.reason) && one.reason.outcome === 'none';
    if (sent.every(isSure)) throw failed.reason;
    const { code, message } = failed.reason as KvError;
    throw new KvError(code, message, { outcome: 'unknown', cause: failed.reason });
  }

  async reserve(options?: ReserveOptions): Promise<Job<T> | undefined> {
    return (await this.reserveMany(1, options))[0];
  }

  async reserveMany(most: number, options: ReserveOptions = {}): Promise<Job<T>[]> {
    const { signal, waitMs = 0 } = options;
    const number = count('most', most, MOST_RESERVED);
    const visibilityMs = span('visibilityMs', options.visibilityMs ?? this.#settings.visibilityMs);
    const longest = waitMs === Number.POSITIVE_INFINITY ? waitMs : pause('waitMs', waitMs);
    const { clock } = this.#settings;
    const until = clock.monotonic() + longest;
    const sleep = new Sleep(this.#core, POLL);
    for (;;) {
      if (signal?.aborted) {
        throw new KvError('ABORTED', 'the signal fired', { cause: signal.reason });
      }
      sleep.look();
      const jobs = await this.#reservations.reserve(number, visibilityMs);
      const left = until - clock.monotonic();
      if (jobs.length > 0 || left <= 0) return jobs;
      await sleep.wait(left, signal);
    }
  }

  worker(handler: Handler<T>, options: WorkerOptions<T> = {}): Worker {
    return startWorker(this.#core, this.#reservations, handler, options);
  }

  stats(): Promise<QueueStats> {
    return surveyQueue(this.#core);
  }

  async peek(limit = 10): Promise<PeekedJob<T>[]> {
    const entries = await peekQueue(this.#core, count('limit', limit, MOST_PEEKED));
    return entries.map((entry) => lookAt(entry, this.#settings.codec));
  }

  async pause(): Promise<void> {
    await this.#core.meta.setPaused(true);
  }

  async resume(): Promise<void> {
    await this.#core.meta.setPaused(false);
    this.#core.wakers.wake();
  }

  #entry(payload: T, options: EnqueueOptions): Entry {
    return newEntry(this.#core.settings, this.#settings.codec, payload, options);
  }

  async #send(entry: Entry): Promise<Enqueued> {
    const id = idOf(entry);
    if (entry.id || entry.dedupe) {
      const { id: kept, duplicate } = await this.#core.enqueueNamed(entry, id);
      return { id: kept, duplicate };
    }
    await this.#core.enqueue(entry);
    return { id: uidText(entry.uid), duplicate: false };
  }
}
