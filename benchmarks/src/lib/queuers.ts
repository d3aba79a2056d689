import { createQueue, type Worker as GroveWorker } from '@grovekv/ext-queue';
import { createStore } from '@grovekv/kv-core';
import type { Driver } from '@grovekv/kv-core/driver';
import BeeQueue from 'bee-queue';
import { Queue as BullQueue, Worker as BullWorker } from 'bullmq';
import { Redis } from 'ioredis';
import { type BenchJob, makeJob } from './bench-job.js';
import type { Prepared, Sample } from './workload.js';

/** Producers, and jobs that a worker handles at the same time. */
export const CONCURRENCY = 50;

/** A queue with its worker: calls `done` for each job that is over. */
export interface Queuer {
  enqueue(n: number): Promise<unknown>;
  close(): Promise<unknown>;
}

/** Enqueues for so long from 50 callers while the worker works, and ends when every job is done. */
export async function prepareQueuer(
  open: (done: () => void) => Promise<Queuer>,
): Promise<Prepared> {
  let finished = 0;
  let enqueued = 0;
  let wake: () => void = () => undefined;
  const queuer = await open(() => {
    finished += 1;
    if (finished === enqueued) wake();
  });
  return {
    async run(ms): Promise<Sample> {
      finished = 0;
      enqueued = 0;
      const cpu = process.cpuUsage();
      const start = performance.now();
      const producer = async (): Promise<void> => {
        while (performance.now() - start < ms) {
          enqueued += 1;
          await queuer.enqueue(enqueued);
        }
      };
      await Promise.all(Array.from({ length: CONCURRENCY }, producer));
      if (finished < enqueued) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      const seconds = (performance.now() - start) / 1_000;
      const { user, system } = process.cpuUsage(cpu);
      return { operations: finished, seconds, cpuMicros: user + system };
    },
    async close() {
      await queuer.close();
    },
  };
}

/** Ours, on a driver. */
export async function groveQueuer(driver: Driver, done: () => void): Promise<Queuer> {
  const store = createStore({ driver });
  const queue = createQueue<BenchJob>(store, 'bench', { allowVolatile: true });
  const worker: GroveWorker = queue.worker(() => undefined, {
    concurrency: CONCURRENCY,
    onEvent(event) {
      if (event.type === 'completed') done();
      else throw new Error(`${event.type} in a benchmark`);
    },
  });
  return {
    enqueue: (n) => queue.enqueue(makeJob(n)),
    async close() {
      await worker.stop();
      await store.close();
    },
  };
}

/** LPUSH, RPOPLPUSH and LREM: a list of jobs and one of those that are being worked on. */
export async function redisListQueuer(url: string, done: () => void): Promise<Queuer> {
  const client = new Redis(url);
  return {
    async enqueue(n) {
      await client.lpush('raw:waiting', JSON.stringify(makeJob(n)));
      const job = (await client.rpoplpush('raw:waiting', 'raw:active')) as string;
      JSON.parse(job);
      await client.lrem('raw:active', 1, job);
      done();
    },
    close: () => client.quit(),
  };
}

/** BullMQ, which keeps no finished jobs here. */
export async function bullQueuer(port: number, done: () => void): Promise<Queuer> {
  const connection = { host: '127.0.0.1', port };
  const queue = new BullQueue<BenchJob>('bull', {
    connection,
    defaultJobOptions: { removeOnComplete: true, removeOnFail: true },
  });
  const worker = new BullWorker<BenchJob>('bull', async () => undefined, {
    connection,
    concurrency: CONCURRENCY,
  });
  worker.on('completed', done);
  await worker.waitUntilReady();
  return {
    enqueue: (n) => queue.add('job', makeJob(n)),
    async close() {
      await worker.close();
      await queue.close();
    },
  };
}

/** bee-queue, without the events and the records of finished jobs. */
export async function beeQueuer(port: number, done: () => void): Promise<Queuer> {
  const options = {
    redis: { host: '127.0.0.1', port },
    removeOnSuccess: true,
    sendEvents: false,
    getEvents: false,
    storeJobs: false,
  };
  const producer = new BeeQueue<BenchJob>('bee', { ...options, isWorker: false });
  const worker = new BeeQueue<BenchJob>('bee', options);
  worker.on('succeeded', done);
  await Promise.all([producer.ready(), worker.ready()]);
  worker.process(CONCURRENCY, async () => undefined);
  return {
    enqueue: (n) => producer.createJob(makeJob(n)).save(),
    async close() {
      await Promise.all([producer.close(), worker.close()]);
    },
  };
}
