import { afterTick, MEETING_HOPS } from './after-tick.js';

/** What does not answer in this time is not waited for. */
const LONGEST_WAIT_MS = 2;

/**
 * Sends what a queue has to send together: what is asked while something is under way goes with the next
 * beat, so that what concerns one segment is one write. Nothing waits longer than two milliseconds.
 */
export class Pulse {
  #waiting: (() => Promise<unknown>)[] = [];
  #busy = false;

  /** Runs `send` with the next beat. It does not reject. */
  add(send: () => Promise<unknown>): void {
    this.#waiting.push(send);
    if (this.#busy) return;
    this.#busy = true;
    afterTick(this.#beat, MEETING_HOPS);
  }

  readonly #beat = (): void => {
    const sends = this.#waiting;
    if (sends.length === 0) {
      this.#busy = false;
      return;
    }
    this.#waiting = [];
    let over = false;
    const next = (): void => {
      if (over) return;
      over = true;
      clearTimeout(timer);
      afterTick(this.#beat, MEETING_HOPS);
    };
    const timer = setTimeout(next, LONGEST_WAIT_MS);
    Promise.all(sends.map((send) => send())).then(next);
  };
}
