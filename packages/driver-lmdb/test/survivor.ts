import type { LmdbDriver } from '../src/index.js';
import { CALL, put, readText } from './support.js';

/** Goes on writing and reading back, and keeps what went wrong. */
export class Survivor {
  readonly failures: unknown[] = [];
  written = 0;
  readonly #driver: LmdbDriver;
  readonly #loops: Promise<void>[];
  readonly #pauseMs: number;
  #stopped = false;

  /** Callers that pause leave the others some of the machine. */
  constructor(driver: LmdbDriver, pauseMs = 0) {
    this.#pauseMs = pauseMs;
    this.#driver = driver;
    this.#loops = Array.from({ length: 4 }, (_, caller) => this.#run(`s:${caller}`));
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#loops);
  }

  async #run(name: string): Promise<void> {
    while (!this.#stopped && this.failures.length < 10) {
      this.written += 1;
      const key = `${name}:${this.written % 50}`;
      const value = `${name} wrote ${this.written}`;
      try {
        if (this.written % 2 === 0) await this.#driver.write([put(key, value)], CALL);
        else await this.#driver.mutate([{ key, apply: () => put(key, value, 600_000) }], CALL);
        const found = await readText(this.#driver, key);
        if (found !== value) throw new Error(`${value}, and reads back: ${found}`);
      } catch (error) {
        this.failures.push(error);
      }
      if (this.#pauseMs > 0) await new Promise((resolve) => setTimeout(resolve, this.#pauseMs));
    }
  }
}
