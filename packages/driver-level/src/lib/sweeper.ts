import type { Clock } from '@grovekv/kv-core/driver';

/** Full sweeps follow each other after at most this long, until the backlog is gone. */
const BACKLOG_MS = 100;

/** Runs a bounded sweep again and again. */
export class Sweeper {
  readonly #sweep: () => Promise<boolean>;
  readonly #intervalMs: number;
  readonly #clock: Clock | undefined;
  #cancel: (() => void) | undefined;
  #stopped = false;

  /** `sweep` answers whether it left anything. Without a clock the timer does not hold the process. */
  constructor(sweep: () => Promise<boolean>, intervalMs: number, clock: Clock | undefined) {
    this.#sweep = sweep;
    this.#intervalMs = intervalMs;
    this.#clock = clock;
  }

  start(): void {
    this.#arm(this.#intervalMs);
  }

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
      // A sweep that fails changes nothing that a reader sees; the next one tries again.
      () => this.#arm(this.#intervalMs),
    );
  };
}
