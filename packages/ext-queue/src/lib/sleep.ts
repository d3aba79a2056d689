import type { QueueCore } from './queue-core.js';

/** How often an idle consumer looks, in milliseconds. */
export interface Poll {
  readonly min: number;
  readonly max: number;
}

/** The sleep of a consumer that has found nothing: full jitter, growing, ended by what is known to come. */
export class Sleep {
  readonly #core: QueueCore;
  readonly #poll: Poll;
  #pause: number;
  #calls = 0;

  constructor(core: QueueCore, poll: Poll) {
    this.#core = core;
    this.#poll = poll;
    this.#pause = poll.min;
  }

  /** Something was found: the next sleep is short. */
  reset(): void {
    this.#pause = this.#poll.min;
  }

  /** Before looking: what is enqueued from now on ends the sleep at once. */
  look(): void {
    this.#calls = this.#core.wakers.calls;
  }

  /** Until a job of this process comes, one is due, the next poll, `mostMs` at most, or the signal. */
  wait(mostMs: number, signal?: AbortSignal): Promise<void> {
    const { clock } = this.#core.settings;
    const { wakers, wakeAt } = this.#core;
    if (wakers.calls !== this.#calls || signal?.aborted) return Promise.resolve();
    const pause = this.#pause * (0.5 + Math.random() / 2);
    this.#pause = Math.min(this.#poll.max, this.#pause * 2);
    const ms = Math.max(1, Math.min(mostMs, pause, wakeAt - clock.monotonic()));
    return new Promise((resolve) => {
      const end = (): void => {
        forget();
        cancel();
        signal?.removeEventListener('abort', end);
        resolve();
      };
      const forget = wakers.add(end);
      const cancel = clock.setTimer(end, ms);
      signal?.addEventListener('abort', end, { once: true });
    });
  }
}
