import { LockLostError } from './errors.js';
import { LentLease } from './lease.js';
import type { LockId } from './lock-id.js';
import type { LockTable } from './lock-table.js';
import type { LockSettings } from './options.js';

/** Who decides what becomes of a tenure. */
export interface TenureHost {
  readonly settings: LockSettings;
  readonly table: LockTable;
  /** The lease that was lent has come back; resolves as its `release` does. */
  returned(tenure: Tenure): Promise<boolean>;
  /** It is over, unreleased. */
  lost(tenure: Tenure): void;
}

/** Failed extensions are tried again after this share of the ttl. */
const RETRY_SHARE = 1 / 30;

/**
 * What this process holds in the record: one grant, lent to one holder after the other, each with a
 * fence of its own. It keeps itself alive, and knows by the clock alone when it is over.
 */
export class Tenure {
  readonly id: LockId;
  readonly key: string;
  deadline: number;
  #usedFence: number;
  readonly #lastFence: number;
  readonly #since: number;
  readonly #host: TenureHost;
  #lease: LentLease | undefined;
  #over = false;
  #extendAt: number;
  #extending = false;
  #cancelTimer: (() => void) | undefined;

  /** `since`: when the grant was asked for, by the monotonic clock; its time runs from there. */
  constructor(host: TenureHost, id: LockId, firstFence: number, since: number) {
    const { key, ttlMs, handoffs } = host.settings;
    this.#host = host;
    this.id = id;
    this.key = key;
    this.#since = since;
    this.#usedFence = firstFence - 1;
    this.#lastFence = firstFence + handoffs;
    this.deadline = since + ttlMs;
    this.#extendAt = since + ttlMs / 3;
    this.#arm();
  }

  get #now(): number {
    return this.#host.settings.clock.monotonic();
  }

  get remainingMs(): number {
    return this.#over ? 0 : Math.max(0, this.deadline - this.#now);
  }

  /** Whether it still holds. Looks at the clock, not only at what timers have done. */
  check(): boolean {
    if (this.#over) return false;
    if (this.#now < this.deadline) return true;
    this.lose('its deadline has passed');
    return false;
  }

  /** Whether a next holder may have it without an extension. */
  get fresh(): boolean {
    const { ttlMs, autoExtend } = this.#host.settings;
    const untouched = this.#lease === undefined;
    return (autoExtend || untouched) && this.remainingMs >= ttlMs / 2;
  }

  /** Milliseconds since it was asked for. */
  get ageMs(): number {
    return this.#now - this.#since;
  }

  /** Whether it can be handed on: fences are left, and it has not kept others waiting for a ttl. */
  get lendable(): boolean {
    const { ttlMs } = this.#host.settings;
    return !this.#over && this.#usedFence < this.#lastFence && this.ageMs < ttlMs;
  }

  /** Lends it to the next holder. */
  lend(): LentLease {
    this.#usedFence += 1;
    this.#lease = new LentLease(this, this.#usedFence);
    return this.#lease;
  }

  /** The lease has come back. After a release that failed it comes again. */
  giveBack(): Promise<boolean> {
    return this.#host.returned(this);
  }

  async extend(ttlMs = this.#host.settings.ttlMs): Promise<void> {
    const asked = this.#now;
    try {
      const extended = await this.#host.table.extend(this.id, ttlMs);
      if (!extended) this.lose('somebody else holds the lock, or its record is gone');
    } finally {
      // Whether or not the answer came in time, what is over here must not live on in the store.
      if (!this.check()) this.takeBack();
    }
    if (this.#over) throw new LockLostError(this.key, 'it ended while it was being extended');
    this.deadline = Math.max(this.deadline, asked + ttlMs);
    this.#extendAt = asked + this.#host.settings.ttlMs / 3;
  }

  /** Takes it out of the record, if it is there. */
  release(): Promise<boolean> {
    this.end();
    return this.#host.table.release(this.id, this.#usedFence, this.#lastFence);
  }

  /** The same for what nobody waits for. */
  takeBack(): void {
    this.end();
    void this.#host.table.takeBack([this.id]);
  }

  /** Ends it in this process. What the store knows is the caller's business. */
  end(): void {
    this.#over = true;
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
  }

  lose(why: string): void {
    if (this.#over) return;
    this.end();
    this.#lease?.lose(new LockLostError(this.key, why));
    this.#host.lost(this);
  }

  #arm(): void {
    const { clock, autoExtend } = this.#host.settings;
    const at =
      autoExtend && !this.#extending ? Math.min(this.#extendAt, this.deadline) : this.deadline;
    this.#cancelTimer = clock.setTimer(this.#wake, Math.max(0, at - this.#now));
  }

  readonly #wake = (): void => {
    if (!this.check()) return;
    const { autoExtend } = this.#host.settings;
    if (autoExtend && !this.#extending && this.#now >= this.#extendAt) void this.#keepAlive();
    this.#arm();
  };

  async #keepAlive(): Promise<void> {
    this.#extending = true;
    try {
      await this.extend();
    } catch {
      this.#extendAt = this.#now + this.#host.settings.ttlMs * RETRY_SHARE * (0.5 + Math.random());
    }
    this.#extending = false;
    if (this.#over) return;
    this.#cancelTimer?.();
    this.#arm();
  }
}
