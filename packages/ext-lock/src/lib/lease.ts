import { LockLostError } from './errors.js';
import { span } from './options.js';
import type { Tenure } from './tenure.js';
import { watchfulSignal } from './watchful-signal.js';

/**
 * The right to do something alone, until its deadline. It is over when `signal` has fired, whether or
 * not this process has noticed in time: give `fence` to whatever the work writes to, and let that
 * refuse a smaller one than it has seen.
 */
export interface Lease extends AsyncDisposable {
  /** Larger than that of every earlier holder of the lock. */
  readonly fence: number;
  /** Fires, with a `LockLostError` as reason, when the lease is over without having been released. */
  readonly signal: AbortSignal;
  /** Whether it is still good: not released, not lost, before its deadline. */
  readonly held: boolean;
  /** When it ends unless extended, by the lock's monotonic clock. */
  readonly deadline: number;
  /** Milliseconds to the deadline; 0 if it is over. */
  readonly remainingMs: number;
  /**
   * Makes it last at least `ttlMs` (default: the lock's) from now. One write. Rejects with
   * `LockLostError` if it is over.
   */
  extend(ttlMs?: number): Promise<void>;
  /**
   * Ends it: one write, or none if it is handed on. `false` if it was over before; then nothing is
   * changed. Again gives the same answer. Rejects if the store fails; the lease is over even so.
   */
  release(): Promise<boolean>;
  /** {@link release}, but never rejects. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** A {@link Lease} on a tenure, from being lent it until returning it. */
export class LentLease implements Lease {
  readonly fence: number;
  readonly #tenure: Tenure;
  #state: 'held' | 'released' | 'lost' = 'held';
  #controller: AbortController | undefined;
  #lost: LockLostError | undefined;
  #release: Promise<boolean> | undefined;

  constructor(tenure: Tenure, fence: number) {
    this.#tenure = tenure;
    this.fence = fence;
  }

  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (!this.held && this.#lost) this.#controller.abort(this.#lost);
    return watchfulSignal(this.#controller, () => this.held);
  }

  get held(): boolean {
    return this.#state === 'held' && this.#tenure.check();
  }

  get deadline(): number {
    return this.#tenure.deadline;
  }

  get remainingMs(): number {
    return this.held ? this.#tenure.remainingMs : 0;
  }

  async extend(ttlMs?: number): Promise<void> {
    const wanted = ttlMs === undefined ? undefined : span('ttlMs', ttlMs);
    if (!this.held) throw this.#lost ?? new LockLostError(this.#tenure.key, 'it was released');
    await this.#tenure.extend(wanted);
  }

  release(): Promise<boolean> {
    if (this.#state === 'released') {
      this.#release = this.#release!.catch(() => this.#tenure.giveBack());
    } else if (this.held) {
      this.#state = 'released';
      this.#release = this.#tenure.giveBack();
    }
    return this.#release ?? Promise.resolve(false);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.release().catch(() => false);
  }

  /** The tenure is over. */
  lose(error: LockLostError): void {
    if (this.#state !== 'held') return;
    this.#state = 'lost';
    this.#lost = error;
    this.#controller?.abort(error);
  }
}
