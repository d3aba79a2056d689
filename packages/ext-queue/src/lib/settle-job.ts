import { type Clock, isKvError } from '@grovekv/kv-core';
import type { LeaseLostError } from './errors.js';
import type { LeasedJob } from './job.js';
import type { WorkerEvent } from './worker.js';

/** How a handler failed. */
export interface Failure {
  readonly error: unknown;
}

/** What settling needs of a worker. */
export interface SettleHost<T> {
  readonly clock: Clock;
  /** Whether handlers have been told to end: what fails is given back at once. */
  isAborting(): boolean;
  /** Whether nobody waits for it any more. */
  hasGivenUp(): boolean;
  tell(event: WorkerEvent<T>): void;
}

const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 1_000;

/**
 * Acknowledges a job whose handler has ended, or gives it back. If the store does not answer, again and
 * again for as long as the lease holds: what is done should not be done twice. Does not reject.
 */
export async function settleJob<T>(
  job: LeasedJob<T>,
  failure: Failure | undefined,
  host: SettleHost<T>,
): Promise<void> {
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
    try {
      if (!job.settled) await settleOnce(job, failure, host.isAborting());
      if (!failure) return host.tell({ type: 'completed', job });
      const dead = job.attempt >= job.maxAttempts;
      return host.tell({ type: 'failed', job, error: failure.error, dead });
    } catch (error) {
      if (isKvError(error, 'LEASE_LOST')) {
        return host.tell({ type: 'lost', job, error: error as LeaseLostError });
      }
      host.tell({ type: 'error', error });
      if (!mayPass(error)) return;
    }
    await new Promise<void>((resolve) => host.clock.setTimer(resolve, pauseMs));
    if (host.hasGivenUp()) return;
    if (!job.check() && job.lost) return host.tell({ type: 'lost', job, error: job.lost });
  }
}

function settleOnce<T>(
  job: LeasedJob<T>,
  failure: Failure | undefined,
  aborting: boolean,
): Promise<void> {
  if (!failure) return job.ack();
  return job.nack({ delayMs: aborting ? 0 : undefined, reason: reasonOf(failure.error) });
}

function mayPass(error: unknown): boolean {
  return (
    isKvError(error, 'UNAVAILABLE') || isKvError(error, 'TIMEOUT') || isKvError(error, 'CONTENTION')
  );
}

function reasonOf(error: unknown): string {
  try {
    return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  } catch {
    return 'an error that cannot be shown';
  }
}
