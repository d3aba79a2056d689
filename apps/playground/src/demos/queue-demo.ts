import type { DeadJob, Queue, QueueStats } from '@grovekv/ext-queue';
import type { Store } from '@grovekv/kv-core';
import { CrewError, type Site, type Worker } from '../workers/crew.js';
import {
  type DemoJob,
  type JobKind,
  MOST_ATTEMPTS,
  mendedKey,
  theQueue,
} from '../workers/labour.js';
import type { LabourReport } from '../workers/messages.js';
import { type Demo, UnknownAction } from './demo.js';
import { DemoCrew } from './demo-crew.js';

const BATCH = 20;
const DELAY_MS = 4_000;
const MOST_OPEN = 500;
const DEAD_SHOWN = 20;

/** Worker processes that work on one queue, and the books on every job. */
export class QueueDemo implements Demo {
  readonly #store: Store;
  readonly #queue: Queue<DemoJob>;
  readonly #crew: DemoCrew<LabourReport>;
  /** What each worker has in hand, by the number of the job, with the attempt. */
  readonly #hands = new Map<number, Map<number, number>>();
  /** Jobs that have been acknowledged. */
  readonly #completed = new Set<number>();
  readonly #counts = { enqueued: 0, retried: 0, redelivered: 0, twice: 0 };
  #stats: QueueStats = { waiting: 0, active: 0, delayed: 0, dead: 0, paused: false };
  #dead: DeadJob<DemoJob>[] = [];

  constructor(store: Store, site: Site) {
    this.#store = store;
    this.#queue = theQueue(store);
    this.#crew = new DemoCrew(site, {
      role: 'labour',
      first: 2,
      lookEveryMs: 250,
      heard: (worker, report) => this.#heard(worker, report),
      ended: (worker) => this.#ended(worker),
      observe: () => this.#observe(),
    });
  }

  snapshot(): object {
    return {
      stats: this.#stats,
      counts: { ...this.#counts, completed: this.#completed.size },
      attempts: MOST_ATTEMPTS,
      dead: this.#dead.map(({ payload, attempts, reason }) => ({
        number: payload.number,
        attempts,
        reason,
      })),
      workers: this.#crew.workers(({ id }) => ({
        jobs: [...(this.#hands.get(id) ?? [])].map(([number, attempt]) => ({ number, attempt })),
      })),
      events: this.#crew.events,
    };
  }

  async act(action: string, number: number | undefined): Promise<void> {
    if (this.#crew.act(action, number)) return this.#crew.changed();
    if (number !== undefined) {
      if (action === 'redrive') await this.#redrive([number]);
      else throw new UnknownAction(action);
    } else if (action === 'enqueue') await this.#enqueue('sound', BATCH);
    else if (action === 'urgent') await this.#enqueue('sound', 1, { priority: 9 });
    else if (action === 'delay') await this.#enqueue('sound', BATCH, { delayMs: DELAY_MS });
    else if (action === 'flaky') await this.#enqueue('flaky', 3);
    else if (action === 'break') await this.#enqueue('broken', 2);
    else if (action === 'pause') await this.#pause();
    else if (action === 'resume') await this.#resume();
    else if (action === 'redrive') {
      await this.#redrive(this.#dead.map(({ payload }) => payload.number));
    } else throw new UnknownAction(action);
    this.#crew.changed();
  }

  watch(listener: () => void): () => void {
    return this.#crew.watch(listener);
  }

  close(): Promise<void> {
    return this.#crew.close();
  }

  async #enqueue(
    kind: JobKind,
    many: number,
    options: { readonly priority?: number; readonly delayMs?: number } = {},
  ): Promise<void> {
    const { waiting, active, delayed } = this.#stats;
    if (waiting + active + delayed + many > MOST_OPEN) {
      throw new CrewError(`${MOST_OPEN} open jobs are the most this page takes`);
    }
    const first = this.#counts.enqueued + 1;
    this.#counts.enqueued += many;
    const jobs = Array.from({ length: many }, (_, at) => ({
      payload: { number: first + at, kind },
      ...options,
    }));
    await this.#queue.enqueueMany(jobs);
    const word = options.delayMs ? 'delayed' : options.priority ? 'urgent' : kind;
    this.#crew.log(`${many} ${word} ${many === 1 ? 'job was' : 'jobs were'} enqueued.`);
  }

  async #pause(): Promise<void> {
    await this.#queue.pause();
    this.#crew.log('The queue was paused.');
  }

  async #resume(): Promise<void> {
    await this.#queue.resume();
    this.#crew.log('The queue goes on.');
  }

  async #redrive(numbers: readonly number[]): Promise<void> {
    const wanted = new Set(numbers);
    const dead = await this.#queue.dead.list({ limit: 1_000 });
    const chosen = dead.filter(({ payload }) => wanted.has(payload.number));
    if (chosen.length === 0) throw new CrewError('there is no such dead letter');
    await this.#store.setMany(
      chosen.map(({ payload }) => [mendedKey(payload.number), true]),
      { ttlMs: 86_400_000 },
    );
    const redriven = await this.#queue.dead.redrive(chosen.map(({ id }) => id));
    this.#crew.log(`${redriven} dead ${redriven === 1 ? 'letter was' : 'letters were'} redriven.`);
    await this.#crew.look();
  }

  async #observe(): Promise<void> {
    const [stats, dead] = await Promise.all([
      this.#queue.stats(),
      this.#queue.dead.list({ limit: DEAD_SHOWN }),
    ]);
    this.#stats = stats;
    this.#dead = dead;
  }

  #heard(worker: Worker, report: LabourReport): void {
    const hand = this.#hands.get(worker.id) ?? new Map<number, number>();
    this.#hands.set(worker.id, hand);
    if (report.type === 'began') {
      hand.set(report.number, report.attempt);
      if (this.#completed.has(report.number)) {
        this.#counts.twice += 1;
        this.#crew.log(`${worker.name} began job ${report.number}, which was done before.`);
      }
    } else if (report.type === 'settled') {
      hand.delete(report.number);
      this.#settled(worker, report);
    }
    this.#crew.changed();
  }

  #settled(worker: Worker, { number, attempt, end }: LabourReport & { type: 'settled' }): void {
    if (end === 'completed') {
      this.#completed.add(number);
      if (attempt > 1) this.#crew.log(`${worker.name} did job ${number} at attempt ${attempt}.`);
    } else if (end === 'failed') {
      this.#counts.retried += 1;
    } else if (end === 'dead') {
      this.#crew.log(`Job ${number} is dead after ${attempt} attempts.`);
    } else {
      this.#crew.log(`${worker.name} lost its lease of job ${number}.`);
    }
  }

  #ended(worker: Worker): string {
    const jobs = [...(this.#hands.get(worker.id)?.keys() ?? [])];
    this.#hands.delete(worker.id);
    this.#counts.redelivered += jobs.length;
    return jobs.length > 0 ? ` with ${jobs.join(', ')} in hand` : '';
  }
}
