import type { Alarms, Sleeper } from './alarms.js';
import { LockLostError } from './errors.js';
import { LentLease } from './lease.js';
import type { LockId } from './lock-id.js';
import type { LockTable } from './lock-table.js';
import type { LockSettings } from './options.js';

/** Who decides what becomes of a tenure. */
export interface TenureHost {
  readonly settings: LockSettings;
  readonly table: LockTable;
  readonly alarms: Alarms;
  /** The lease that was lent has come back; resolves as its `release` does. */
  returned(tenure: Tenure): Promise<boolean>;
  /** It is over, unreleased. */
  lost(tenure: Tenure): void;
}

/**
 * How much earlier a lease is over for its holder than in the store, so that the two never overlap with the
 * next one: stores count in whole milliseconds, begun ones too, and two clocks that are being set right go up
 * to a thousandth apart.
 */
function marginMs(ttlMs: number): number {
  return 2 + Math.ceil(ttlMs / 1_000);
}

/** Failed extensions are tried again after about this share of the ttl. */
const RETRY_SHARE = 1 / 30;

/**
 * What this process holds in the record: one grant, lent to one holder after the other, each with a
 * fence of its own. It keeps itself alive, and knows by the clock alone when it is over.
 */
export class Tenure implements Sleeper {
  readonly id: LockId;
  deadline: number;
  wakeAt: number;
  place = -1;
  readonly #host: TenureHost;
  readonly #since: number;
  readonly #lastFence: number;
  #usedFence: number;
  #lease: LentLease | undefined;
  #over = false;
  #extendAt: number;
  #extending = false;

  /** `since`: when the grant was asked for, by the monotonic clock; its time runs from there. */
  constructor(host: TenureHost, id: LockId, firstFence: number, since: number) {
    const { ttlMs, handoffs, autoExtend } = host.settings;
    this.#host = host;
    this.id = id;
    this.#since = since;
    this.#usedFence = firstFence - 1;
    this.#lastFence = firstFence + handoffs;
    this.deadline = since + ttlMs - marginMs(ttlMs);
    this.#extendAt = autoExtend ? since + ttlMs / 3 : Number.POSITIVE_INFINITY;
    this.wakeAt = Math.min(this.#extendAt, this.deadline);
    host.alarms.add(this);
  }

  get key(): string {
    return this.#host.settings.key;
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
    return (autoExtend || this.#lease === undefined) && this.remainingMs >= ttlMs / 2;
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
    this.deadline = Math.max(this.deadline, asked + ttlMs - marginMs(ttlMs));
    if (this.#host.settings.autoExtend) this.#extendAt = asked + this.#host.settings.ttlMs / 3;
  }

  /** Takes it out of the record, if it is there. */
  release(): Promise<boolean> {
    this.#end();
    return this.#host.table.release(this.id, this.#usedFence, this.#lastFence);
  }

  /** The same for what nobody waits for. */
  takeBack(): void {
    this.#end();
    void this.#host.table.takeBack([this.id]);
  }

  lose(why: string): void {
    if (this.#over) return;
    this.#end();
    this.#lease?.lose(new LockLostError(this.key, why));
    this.#host.lost(this);
  }

  wake(): void {
    if (!this.check()) return;
    if (!this.#extending && this.#now >= this.#extendAt) void this.#keepAlive();
    this.#sleep();
  }

  #sleep(): void {
    this.wakeAt = this.#extending ? this.deadline : Math.min(this.#extendAt, this.deadline);
    this.#host.alarms.add(this);
  }

  #end(): void {
    this.#over = true;
    this.#host.alarms.delete(this);
  }

  async #keepAlive(): Promise<void> {
    this.#extending = true;
    try {
      await this.extend();
    } catch {
      this.#extendAt = this.#now + this.#host.settings.ttlMs * RETRY_SHARE * (0.5 + Math.random());
    }
    this.#extending = false;
    if (!this.#over) this.#sleep();
  }
}
