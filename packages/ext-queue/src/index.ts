export type { DeadLetters } from './lib/dead-letters.js';
export { LeaseLostError } from './lib/errors.js';
export type { Job, NackOptions } from './lib/job.js';
export type { Backoff, EnqueueOptions, QueueOptions, QueueStore } from './lib/options.js';
export {
  createQueue,
  type Enqueued,
  type NewJob,
  type Queue,
  type ReserveOptions,
} from './lib/queue.js';
export type { DeadJob, PeekedJob, QueueStats } from './lib/survey.js';
export type { Handler, Stopped, Worker, WorkerEvent, WorkerOptions } from './lib/worker.js';
