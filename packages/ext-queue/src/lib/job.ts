import type { Codec } from '@grovekv/kv-core';
import type { Claim } from './claims.js';
import { LeaseLostError } from './errors.js';
import { pause, span } from './options.js';
import type { QueueCore } from './queue-core.js';
import { type Uid, uidText } from './uid.js';
import { watchfulSignal } from './watchful-signal.js';

/** How a job is given back. */
export interface NackOptions {
  /** Milliseconds until the next attempt. Default: by the job's backoff. */
  readonly delayMs?: number | undefined;
  /** Why, for the list of dead letters; what is longer than 200 characters is cut. */
  readonly reason?: string | undefined;
}

/** A delivery: a job that is leased to whoever has this, until it is settled or the lease is over. */
export interface Job<T> {
  readonly id: string;
  /** Decoded when first asked for. Throws `CORRUPT_VALUE` if the codec cannot. */
  readonly payload: T;
  /** Which delivery of the job this is, from 1. */
  readonly attempt: number;
  readonly maxAttempts: number;
  readonly priority: number;
  /** Wall clock of who enqueued it, milliseconds since 1970. */
  readonly enqueuedAt: number;
  /** Names this delivery: another one for each. */
  readonly token: string;
  /** Whether the lease is still good, by the clock of this process. */
  readonly held: boolean;
  /** When the lease is over unless it is extended, by the clock's `monotonic()`. */
  readonly deadline: number;
  /** Fires with a `LeaseLostError` when the lease is over and the job has not been settled. */
  readonly signal: AbortSignal;
  /** The job is done. `LeaseLostError` if the lease is over. One write, shared with others of the tick. */
  ack(): Promise<void>;
  /**
   * Gives the job back: it is delivered again after its backoff, or is dead if this was its last attempt.
   * `LeaseLostError` if the lease is over. One write; a few more if it moves to another lane.
   */
  nack(options?: NackOptions): Promise<void>;
  /** At least `ms` from now on (default: the visibility). `LeaseLostError` if the lease is over. One write. */
  extend(ms?: number): Promise<void>;
}

const MOST_REASON = 200;

/** A lease lasts a little longer in the store than for its holder: clocks differ in rate, and round. */
export function guarded(ms: number): number {
  return ms + 2 + Math.ceil(ms / 1_000);
}

/** The {@link Job} of a queue. */
export class LeasedJob<T> implements Job<T> {
  readonly #core: QueueCore;
  readonly #claim: Claim;
  readonly #codec: Codec<T>;
  readonly #visibilityMs: number;
  #payload: { readonly value: T } | undefined;
  #controller: AbortController | undefined;
  #cancelWatch: (() => void) | undefined;
  #lost: LeaseLostError | undefined;
  #settled = false;
  /** Whether it is being acknowledged or given back. */
  #settling = false;
  deadline: number;

  /** `since`: when it was asked for, by the monotonic clock; its time runs from there. */
  constructor(core: QueueCore, codec: Codec<T>, claim: Claim, since: number, visibilityMs: number) {
    this.#core = core;
    this.#codec = codec;
    this.#claim = claim;
    this.#visibilityMs = visibilityMs;
    this.deadline = since + visibilityMs;
  }

  get id(): string {
    const { id, origin } = this.#claim.entry;
    return id || uidText(origin);
  }

  get payload(): T {
    this.#payload ??= { value: this.#codec.decode(this.#claim.entry.payload) };
    return this.#payload.value;
  }

  get attempt(): number {
    return this.#claim.entry.attempts;
  }

  get maxAttempts(): number {
    return this.#claim.entry.maxAttempts;
  }

  get priority(): number {
    return this.#claim.entry.level;
  }

  get enqueuedAt(): number {
    return this.#claim.entry.enqueuedAt;
  }

  get token(): string {
    return uidText(this.#claim.entry.token);
  }

  get held(): boolean {
    return !this.#settled && this.check();
  }

  get signal(): AbortSignal {
    if (!this.#controller) {
      this.#controller = new AbortController();
      watchfulSignal(this.#controller, () => this.check());
      if (this.#lost) this.#controller.abort(this.#lost);
      else this.#watch();
    }
    return this.#controller.signal;
  }

  async ack(): Promise<void> {
    const { entry } = this.#claim;
    const { type } = await this.#settleForGood({ type: 'ack' });
    if (type === 'lost') throw this.#over();
    if (entry.dedupe) await this.#core.slots.free(entry).catch(() => undefined);
  }

  async nack({ delayMs, reason = '' }: NackOptions = {}): Promise<void> {
    const settled = await this.#settleForGood({
      type: 'nack',
      delayMs: delayMs === undefined ? undefined : pause('delayMs', delayMs),
      reason: String(reason).toWellFormed().slice(0, MOST_REASON).toWellFormed(),
    });
    if (settled.type === 'lost') throw this.#over();
    const { lane, segment, index } = this.#claim;
    if (settled.type === 'leaving') {
      await this.#core.depart({ lane, segment, index, entry: settled.entry });
    }
    this.#core.wakers.wake();
  }

  async extend(ms = this.#visibilityMs): Promise<void> {
    const visibilityMs = span('ms', ms);
    if (!this.check()) throw this.#over();
    const asked = this.#now;
    const { type } = await this.#settle({ type: 'extend', visibilityMs: guarded(visibilityMs) });
    if (type === 'lost') throw this.#over();
    this.deadline = asked + visibilityMs;
    this.#watch();
  }

  /** Fires the signal, whatever the lease: the worker is stopping. */
  abort(reason: unknown): void {
    void this.signal;
    this.#controller?.abort(reason);
  }

  /** Whether the lease is good. Looks at the clock, not only at what timers have done. */
  check(): boolean {
    if (this.#settled || this.#lost) return !this.#lost;
    if (this.#now < this.deadline) return true;
    this.#lose('its time has run out');
    return false;
  }

  /** Whether it has been acknowledged or given back. */
  get settled(): boolean {
    return this.#settled;
  }

  get lost(): LeaseLostError | undefined {
    return this.#lost;
  }

  get #now(): number {
    return this.#core.settings.clock.monotonic();
  }

  /** Looks again at the deadline, if anybody has asked for the signal. */
  #watch(): void {
    this.#cancelWatch?.();
    this.#cancelWatch = undefined;
    if (!this.#controller || this.#settled || !this.check()) return;
    const { clock } = this.#core.settings;
    const left = Math.max(1, this.deadline - this.#now);
    this.#cancelWatch = clock.setTimer(() => this.#watch(), left);
  }

  #settle(wanted: Parameters<QueueCore['settlements']['settle']>[1]) {
    const { lane, segment, index, entry } = this.#claim;
    const { uid, token }: { uid: Uid; token: Uid } = entry;
    return this.#core.settlements.settle({ lane, segment, index, uid, token }, wanted);
  }

  async #settleForGood(wanted: Parameters<QueueCore['settlements']['settle']>[1]) {
    this.#settling = true;
    try {
      const settled = await this.#settle(wanted);
      if (settled.type !== 'lost') this.#settled = true;
      return settled;
    } finally {
      this.#settling = false;
      this.#watch();
    }
  }

  #over(): LeaseLostError {
    return this.#lose('the job has another lease, or none');
  }

  #lose(why: string): LeaseLostError {
    if (this.#lost) return this.#lost;
    const { lane, segment } = this.#claim;
    const error = new LeaseLostError(lane.segmentKey(segment), this.id, why);
    // An extension that comes after the acknowledgement says nothing about the job.
    if (this.#settled || this.#settling) return error;
    this.#lost = error;
    this.#cancelWatch?.();
    this.#controller?.abort(error);
    return error;
  }
}
