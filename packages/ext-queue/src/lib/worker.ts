import { isKvError } from '@grovekv/kv-core';
import { afterTick } from './after-tick.js';
import type { LeaseLostError } from './errors.js';
import type { Job, LeasedJob } from './job.js';
import { count, invalid, pause, span } from './options.js';
import type { QueueCore } from './queue-core.js';
import type { Reservations } from './reservations.js';
import { type Failure, type SettleHost, settleJob } from './settle-job.js';
import { Sleep } from './sleep.js';

/** Handles a job: done when it resolves, failed when it rejects. May settle the job itself. */
export type Handler<T> = (job: Job<T>) => unknown;

/** What happens in a worker. */
export type WorkerEvent<T> =
  | { readonly type: 'completed'; readonly job: Job<T> }
  /** The handler failed; `dead` if that was the last attempt. */
  | {
      readonly type: 'failed';
      readonly job: Job<T>;
      readonly error: unknown;
      readonly dead: boolean;
    }
  /** The lease was over before the job was settled: it is, or will be, delivered again. */
  | { readonly type: 'lost'; readonly job: Job<T>; readonly error: LeaseLostError }
  /** The store failed; the worker goes on, and settles what is done for as long as its lease holds. */
  | { readonly type: 'error'; readonly error: unknown };

/** Options of `worker`. */
export interface WorkerOptions<T> {
  /** Handlers that run at the same time, 1 to 1,000. Default 1. */
  readonly concurrency?: number | undefined;
  /** Default: the queue's. Leases are extended at a third of it for as long as the handler runs. */
  readonly visibilityMs?: number | undefined;
  /** Shortest and longest time between looks for work when there is none. Default 5 and 250 ms. */
  readonly pollMs?: { readonly min: number; readonly max: number } | undefined;
  /** How long `stop` lets handlers run before it fires their signals, in milliseconds. Default 30,000. */
  readonly graceMs?: number | undefined;
  /** How long `stop` then waits for them, in milliseconds. Default 5,000. */
  readonly abortMs?: number | undefined;
  /** Hears of everything that happens. What it throws, or rejects with, is ignored. */
  readonly onEvent?: ((event: WorkerEvent<T>) => void) | undefined;
}

/** What `stop` came to. */
export interface Stopped {
  /** Handlers that had not ended when it gave up on them: their leases run out. */
  readonly abandoned: number;
}

/** A running worker. */
export interface Worker extends AsyncDisposable {
  /** Handlers that run now. */
  readonly active: number;
  /**
   * Takes no more jobs and waits for those that run: `graceMs`, then their signals fire, and `abortMs`
   * more. What fails after that is given back at once and counts as an attempt. The same promise again.
   */
  stop(options?: { readonly graceMs?: number | undefined }): Promise<Stopped>;
}

/** Starts a {@link Worker}. Throws `INVALID_ARGUMENT`. */
export function startWorker<T>(
  core: QueueCore,
  reservations: Reservations<T>,
  handler: Handler<T>,
  options: WorkerOptions<T>,
): Worker {
  if (typeof handler !== 'function') throw invalid('a handler is a function');
  const { min, max } = options.pollMs ?? { min: 5, max: 250 };
  const poll = { min: span('pollMs.min', min), max: span('pollMs.max', max) };
  if (poll.min > poll.max) throw invalid('pollMs.min is at most pollMs.max');
  return new QueueWorker(core, reservations, handler, {
    concurrency: count('concurrency', options.concurrency ?? 1, 1_000),
    visibilityMs: span('visibilityMs', options.visibilityMs ?? core.settings.visibilityMs),
    poll,
    graceMs: pause('graceMs', options.graceMs ?? 30_000),
    abortMs: pause('abortMs', options.abortMs ?? 5_000),
    onEvent: options.onEvent ?? (() => undefined),
  });
}

interface Settings<T> {
  readonly concurrency: number;
  readonly visibilityMs: number;
  readonly poll: { readonly min: number; readonly max: number };
  readonly graceMs: number;
  readonly abortMs: number;
  readonly onEvent: (event: WorkerEvent<T>) => void;
}

class QueueWorker<T> implements Worker {
  readonly #core: QueueCore;
  readonly #reservations: Reservations<T>;
  readonly #handler: Handler<T>;
  readonly #settings: Settings<T>;
  readonly #sleep: Sleep;
  readonly #stopping = new AbortController();
  /** Jobs whose handler runs. */
  readonly #running = new Set<LeasedJob<T>>();
  /** Jobs that are not settled yet; some of their handlers have ended. */
  #open = 0;
  #aborting = false;
  #gaveUp = false;
  readonly #host: SettleHost<T>;
  #free: (() => void) | undefined;
  #changed: (() => void)[] = [];
  #cancelBeat: (() => void) | undefined;
  #stopped: Promise<Stopped> | undefined;
  readonly #loop: Promise<void>;

  constructor(
    core: QueueCore,
    reservations: Reservations<T>,
    handler: Handler<T>,
    settings: Settings<T>,
  ) {
    this.#core = core;
    this.#reservations = reservations;
    this.#handler = handler;
    this.#settings = settings;
    this.#sleep = new Sleep(core, settings.poll);
    this.#host = {
      clock: core.settings.clock,
      isAborting: () => this.#aborting,
      hasGivenUp: () => this.#gaveUp,
      tell: (event) => this.#tell(event),
    };
    this.#loop = this.#work();
  }

  get active(): number {
    return this.#running.size;
  }

  stop({ graceMs = this.#settings.graceMs }: { graceMs?: number | undefined } = {}) {
    this.#stopped ??= this.#stop(pause('graceMs', graceMs));
    return this.#stopped;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #work(): Promise<void> {
    const { signal } = this.#stopping;
    const { concurrency, visibilityMs } = this.#settings;
    while (!signal.aborted) {
      const free = concurrency - this.#running.size;
      if (free <= 0 || this.#open >= 4 * concurrency) {
        await new Promise<void>((resolve) => {
          this.#free = resolve;
        });
        // Those that end together are replaced together.
        await new Promise<void>((resolve) => afterTick(resolve));
        continue;
      }
      this.#sleep.look();
      try {
        const jobs = await this.#reservations.reserve(free, visibilityMs, true);
        if (jobs.length > 0) {
          this.#sleep.reset();
          for (const job of jobs) this.#start(job);
          continue;
        }
      } catch (error) {
        if (isKvError(error, 'CLOSED')) this.#stopping.abort();
        this.#tell({ type: 'error', error });
      }
      await this.#sleep.wait(Number.POSITIVE_INFINITY, signal);
    }
  }

  #start(job: LeasedJob<T>): void {
    if (this.#gaveUp) {
      void job.nack({ delayMs: 0 }).catch(() => undefined);
      return;
    }
    if (!job.check() && job.lost) {
      this.#tell({ type: 'lost', job, error: job.lost });
      return;
    }
    this.#running.add(job);
    this.#open += 1;
    this.#beat();
    if (this.#aborting) job.abort(stopReason());
    void this.#handle(job);
  }

  async #handle(job: LeasedJob<T>): Promise<void> {
    let failure: Failure | undefined;
    try {
      await this.#handler(job);
    } catch (error) {
      failure = { error };
    }
    this.#running.delete(job);
    this.#free?.();
    await settleJob(job, failure, this.#host);
    this.#open -= 1;
    this.#free?.();
    for (const changed of this.#changed.splice(0)) changed();
  }

  /** Extends the leases of what runs, a third of their time before the last third. */
  #beat(): void {
    if (this.#cancelBeat) return;
    const { visibilityMs } = this.#settings;
    const { clock } = this.#core.settings;
    this.#cancelBeat = clock.setTimer(() => {
      this.#cancelBeat = undefined;
      if (this.#running.size === 0) return;
      const late = clock.monotonic() + (visibilityMs * 2) / 3;
      for (const job of this.#running) {
        if (!job.settled && job.check() && job.deadline <= late) {
          job.extend(visibilityMs).catch((error: unknown) => {
            if (!isKvError(error, 'LEASE_LOST')) this.#tell({ type: 'error', error });
          });
        }
      }
      this.#beat();
    }, visibilityMs / 6);
  }

  async #stop(graceMs: number): Promise<Stopped> {
    const { abortMs } = this.#settings;
    this.#stopping.abort();
    this.#free?.();
    const ended = async (): Promise<void> => {
      await this.#loop;
      while (this.#open > 0) {
        await new Promise<void>((resolve) => this.#changed.push(resolve));
      }
    };
    if (!(await this.#within(ended(), graceMs))) {
      this.#aborting = true;
      for (const job of this.#running) job.abort(stopReason());
      await this.#within(ended(), abortMs);
    }
    this.#gaveUp = true;
    this.#cancelBeat?.();
    return { abandoned: this.#open };
  }

  async #within(work: Promise<void>, ms: number): Promise<boolean> {
    let cancel: (() => void) | undefined;
    const late = new Promise<false>((resolve) => {
      cancel = this.#core.settings.clock.setTimer(() => resolve(false), ms);
    });
    const done = await Promise.race([work.then(() => true), late]);
    cancel?.();
    return done;
  }

  #tell(event: WorkerEvent<T>): void {
    try {
      const heard: unknown = this.#settings.onEvent(event);
      if (heard instanceof Promise) heard.catch(() => undefined);
    } catch {
      // A listener does not stop the work.
    }
  }
}

function stopReason(): DOMException {
  return new DOMException('the worker is stopping', 'AbortError');
}
