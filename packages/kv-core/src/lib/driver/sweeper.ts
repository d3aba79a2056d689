import type { Clock } from '../clock/clock.js';

/** Full sweeps follow each other after at most this long, until the backlog is gone. */
const BACKLOG_MS = 100;

/**
 * Runs a driver's bounded sweep of expired keys again and again, one at a time: every `intervalMs`, and
 * sooner while a sweep leaves a backlog.
 */
export class Sweeper {
  readonly #sweep: () => Promise<boolean>;
  readonly #intervalMs: number;
  readonly #clock: Clock | undefined;
  #cancel: (() => void) | undefined;
  #stopped = false;

  /**
   * @param sweep Answers whether it left anything. A failure changes nothing: the next one tries again.
   * @param clock Its timers are used; without one a timer that keeps no program open.
   */
  constructor(sweep: () => Promise<boolean>, intervalMs: number, clock: Clock | undefined) {
    this.#sweep = sweep;
    this.#intervalMs = intervalMs;
    this.#clock = clock;
  }

  /** Arms the first sweep, `intervalMs` from now. */
  start(): void {
    this.#arm(this.#intervalMs);
  }

  /** No sweep begins any more; one that runs is not waited for. */
  stop(): void {
    this.#stopped = true;
    this.#cancel?.();
  }

  #arm(ms: number): void {
    if (this.#stopped) return;
    if (this.#clock !== undefined) {
      this.#cancel = this.#clock.setTimer(this.#run, ms);
      return;
    }
    const timer = setTimeout(this.#run, Math.min(ms, 2 ** 31 - 1));
    (timer as { unref?(): void }).unref?.();
    this.#cancel = () => clearTimeout(timer);
  }

  #run = (): void => {
    this.#sweep().then(
      (more) => this.#arm(more ? Math.min(BACKLOG_MS, this.#intervalMs) : this.#intervalMs),
      () => this.#arm(this.#intervalMs),
    );
  };
}
