import type { Lease } from './lease.js';
import { type LockId, newLockId } from './lock-id.js';

/** Somebody in this process who waits for a lease. */
export class Waiter {
  readonly id: LockId = newLockId();
  readonly resolve: (lease: Lease) => void;
  readonly reject: (error: unknown) => void;
  /** Whether it may stand in the record's queue. */
  shown = false;
  cancelTimer: (() => void) | undefined;
  #signal: AbortSignal | undefined;
  #abort: (() => void) | undefined;

  constructor(resolve: (lease: Lease) => void, reject: (error: unknown) => void) {
    this.resolve = resolve;
    this.reject = reject;
  }

  abortWith(signal: AbortSignal, abort: () => void): void {
    this.#signal = signal;
    this.#abort = abort;
    signal.addEventListener('abort', abort, { once: true });
  }

  /** Leaves nothing behind at the clock and the signal. */
  settle(): void {
    this.cancelTimer?.();
    if (this.#signal && this.#abort) this.#signal.removeEventListener('abort', this.#abort);
  }
}
