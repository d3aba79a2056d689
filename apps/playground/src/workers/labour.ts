import { setTimeout as sleep } from 'node:timers/promises';
import { createQueue, type Job, type Queue } from '@grovekv/ext-queue';
import type { Store } from '@grovekv/kv-core';
import { tell } from './parent.js';

/** What a job of the page is: sound, fails at first, or fails until somebody mends its cause. */
export type JobKind = 'sound' | 'flaky' | 'broken';

/** A job of the page. */
export interface DemoJob {
  readonly number: number;
  readonly kind: JobKind;
}

/** A worker that is killed keeps its jobs for so long. */
export const VISIBILITY_MS = 2_500;
export const MOST_ATTEMPTS = 4;
/** Jobs that a worker has at the same time. */
export const AT_ONCE = 3;
const FLAKY_FAILURES = 2;

/** The queue that the workers share. */
export function theQueue(store: Store): Queue<DemoJob> {
  return createQueue<DemoJob>(store, 'jobs', {
    visibilityMs: VISIBILITY_MS,
    maxAttempts: MOST_ATTEMPTS,
    backoff: { type: 'exponential', delayMs: 400 },
  });
}

/** The key that says that the cause of a job's failures is mended. */
export function mendedKey(number: number): string {
  return `mended:${number}`;
}

/** Works on the queue, and tells of each job. */
export function labour(store: Store): void {
  theQueue(store).worker((job) => handle(store, job), {
    concurrency: AT_ONCE,
    onEvent(event) {
      if (event.type === 'error') {
        const { error } = event;
        void tell({ type: 'failed', message: error instanceof Error ? error.message : `${error}` });
        return;
      }
      const dead = event.type === 'failed' && event.dead;
      void tell({ type: 'settled', ...aboutOf(event.job), end: dead ? 'dead' : event.type });
    },
  });
}

function aboutOf({ payload, attempt }: Job<DemoJob>) {
  return { number: payload.number, attempt };
}

async function handle(store: Store, job: Job<DemoJob>): Promise<void> {
  const { number, kind } = job.payload;
  await tell({ type: 'began', ...aboutOf(job) });
  await sleep(250 + Math.random() * 500, undefined, { signal: job.signal });
  if (kind === 'flaky' && job.attempt <= FLAKY_FAILURES) throw new Error('not this time');
  if (kind === 'broken' && !(await store.has(mendedKey(number)))) throw new Error('out of order');
}
