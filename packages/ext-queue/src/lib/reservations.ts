import type { Codec } from '@grovekv/kv-core';
import { guarded, LeasedJob } from './job.js';
import type { QueueCore } from './queue-core.js';

interface Request<T> {
  readonly most: number;
  readonly visibilityMs: number;
  readonly partial: boolean;
  resolve(jobs: LeasedJob<T>[]): void;
  reject(error: unknown): void;
}

/** Reserves jobs: the calls of a tick, and those made while another is under way, share a write. */
export class Reservations<T> {
  readonly #core: QueueCore;
  readonly #codec: Codec<T>;
  #waiting: Request<T>[] = [];
  #running = false;

  constructor(core: QueueCore, codec: Codec<T>) {
    this.#core = core;
    this.#codec = codec;
  }

  /** Up to `most` jobs that are there now; with `partial` those that one write can take. */
  reserve(most: number, visibilityMs: number, partial = false): Promise<LeasedJob<T>[]> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ most, visibilityMs, partial, resolve, reject });
      if (this.#running) return;
      this.#running = true;
      this.#core.pulse.add(this.#run);
    });
  }

  readonly #run = async (): Promise<void> => {
    const { visibilityMs, partial } = this.#waiting[0]!;
    const other = this.#waiting.findIndex(
      (request) => request.visibilityMs !== visibilityMs || request.partial !== partial,
    );
    const batch = this.#waiting.splice(0, other < 0 ? this.#waiting.length : other);
    await this.#send(batch, visibilityMs, partial);
    if (this.#waiting.length > 0) this.#core.pulse.add(this.#run);
    else this.#running = false;
  };

  async #send(batch: readonly Request<T>[], visibilityMs: number, partial: boolean): Promise<void> {
    const since = this.#core.settings.clock.monotonic();
    try {
      const most = batch.reduce((sum, request) => sum + request.most, 0);
      const claims = await this.#core.claim(most, guarded(visibilityMs), partial);
      const jobs = claims.map(
        (claim) => new LeasedJob(this.#core, this.#codec, claim, since, visibilityMs),
      );
      let from = 0;
      for (const { most, resolve } of batch) {
        resolve(jobs.slice(from, from + most));
        from += most;
      }
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  }
}
