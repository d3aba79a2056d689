import { setTimeout as sleep } from 'node:timers/promises';

/** Does something again and again while it is turned on, with a rest after each time. */
export class Repeat {
  readonly #once: () => Promise<void>;
  readonly #restMs: number;
  #on = false;
  #running = false;

  constructor(restMs: number, once: () => Promise<void>) {
    this.#restMs = restMs;
    this.#once = once;
  }

  turn(on: boolean): void {
    this.#on = on;
    if (on && !this.#running) void this.#run();
  }

  async #run(): Promise<void> {
    this.#running = true;
    while (this.#on) {
      await this.#once();
      await sleep(this.#restMs);
    }
    this.#running = false;
  }
}
