import type { KvError } from '@grovekv/kv-core/driver';
import type { Deadline } from './deadlines.js';
import type { Group } from './group.js';
import { timeoutError } from './level-errors.js';

/** What a job does. It must load no other keys than `loads`, and throw only before it changes anything. */
export interface Work<T> {
  /** Whether it may look at or change what the group has looked at or changed. */
  touches(group: Group): boolean;
  /** Those that it may look at. Asked only of a database that cannot read at once. */
  loads(): readonly string[];
  /** How many keys those are at most. */
  readonly size: number;
  readonly sync: boolean;
  run(group: Group): T;
}

/** Work that waits for its turn, and who waits for it. */
export class Job<T = unknown> implements Deadline {
  readonly work: Work<T>;
  readonly promise: Promise<T>;
  readonly deadline: number;
  place = -1;
  readonly #timeoutMs: number;
  #resolve!: (result: T) => void;
  #reject!: (error: unknown) => void;
  #begun = false;
  #result: T | undefined;
  #error: unknown;
  /** It has had its answer. */
  isOver = false;

  constructor(work: Work<T>, timeoutMs: number) {
    this.work = work;
    this.#timeoutMs = timeoutMs;
    this.deadline = performance.now() + timeoutMs;
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  run(group: Group): void {
    this.#begun = true;
    try {
      this.#result = this.work.run(group);
    } catch (error) {
      this.#error = error;
    }
  }

  /** What it decided has been written. */
  settle(): void {
    this.isOver = true;
    if (this.#error === undefined) this.#resolve(this.#result as T);
    else this.#reject(this.#error);
  }

  /** What it decided could not be written. Its own error stands, since then it decided nothing. */
  fail(error: KvError): void {
    this.isOver = true;
    this.#reject(this.#error ?? error);
  }

  /** A job that has not begun by then never runs, so that its outcome is certain. */
  expire(): void {
    this.isOver = true;
    this.#reject(timeoutError(this.#timeoutMs, this.#begun ? 'unknown' : 'none'));
  }
}
