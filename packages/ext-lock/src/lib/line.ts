import { isKvError, KvError } from '@grovekv/kv-core';
import { type Alarms, alarmsOf } from './alarms.js';
import { LockTimeoutError } from './errors.js';
import type { BidResult } from './grant.js';
import type { Lease } from './lease.js';
import { type LockId, newLockId, sameId } from './lock-id.js';
import { LockTable } from './lock-table.js';
import type { LockSettings } from './options.js';
import { Pace } from './pace.js';
import { Tenure, type TenureHost } from './tenure.js';
import { Waiter } from './waiter.js';

const NOBODY: LockId[] = [];
const RETURNED = Promise.resolve(true);

/**
 * All of this process that want one lock, in the order in which they came. One attempt at the store is
 * made at a time, for those at the head; what the process holds goes from hand to hand.
 */
export class Line implements TenureHost {
  readonly settings: LockSettings;
  readonly table: LockTable;
  readonly alarms: Alarms;
  readonly #pace: Pace;
  readonly #waiters = new Set<Waiter>();
  readonly #held = new Set<Tenure>();
  #leaving: LockId[] = [];
  #attempting = false;
  #cancelPoll: (() => void) | undefined;

  constructor(settings: LockSettings) {
    this.settings = settings;
    this.table = new LockTable(settings);
    this.#pace = new Pace(settings.pollMs);
    this.alarms = alarmsOf(settings.clock);
  }

  /** Whether nobody stands in it, and it holds nothing. */
  get isIdle(): boolean {
    return this.#waiters.size === 0 && this.#held.size === 0 && !this.#attempting;
  }

  acquire(waitMs: number, signal: AbortSignal | undefined): Promise<Lease> {
    return new Promise((resolve, reject) => {
      const { key, clock } = this.settings;
      if (signal?.aborted) {
        reject(abortedError(key, signal));
        return;
      }
      const waiter = new Waiter(resolve, reject);
      if (signal) waiter.abortWith(signal, () => this.#leave(waiter, abortedError(key, signal)));
      if (waitMs < Number.POSITIVE_INFINITY) {
        const late = (): void => this.#leave(waiter, new LockTimeoutError(key, waitMs));
        waiter.cancelTimer = clock.setTimer(late, waitMs);
      }
      this.#waiters.add(waiter);
      this.#advance(this.settings.fair);
    });
  }

  /** One attempt, which gives way to all who wait. */
  async tryAcquire(): Promise<Lease | undefined> {
    const { fair } = this.settings;
    if (this.#waiters.size > 0 || this.#full()) return undefined;
    const id = newLockId();
    const since = this.#now;
    try {
      const result = await this.table.bid([id], NOBODY, fair ? 'respect' : 'ignore');
      const [granted] = result.granted;
      this.table.saw(result);
      if (!granted) return undefined;
      const tenure = this.#hold(id, granted.fence, since);
      if (!tenure.fresh) await tenure.extend().catch(() => this.#discard(tenure));
      return tenure.check() ? tenure.lend() : undefined;
    } catch (error) {
      if (isKvError(error, 'CONTENTION')) return undefined;
      this.#withdraw([id], error);
      throw error;
    }
  }

  returned(tenure: Tenure): Promise<boolean> {
    if (this.#waiters.size > 0 && tenure.lendable) {
      this.#pass(tenure, undefined);
      return RETURNED;
    }
    this.#held.delete(tenure);
    const released = tenure.release();
    if (this.settings.fair) this.#advance(true);
    else if (this.#waiters.size > 0) this.#poll(this.#pace.afterTurn(tenure.ageMs, this.#now));
    return released;
  }

  lost(tenure: Tenure): void {
    this.#held.delete(tenure);
    this.#advance(true);
  }

  get #now(): number {
    return this.settings.clock.monotonic();
  }

  #full(): boolean {
    for (const tenure of this.#held) tenure.check();
    return this.#held.size >= this.settings.permits;
  }

  #hold(id: LockId, fence: number, since: number): Tenure {
    const tenure = new Tenure(this, id, fence, since);
    this.#held.add(tenure);
    return tenure;
  }

  /** Makes the next attempt: at once if `now`, else when its time has come. */
  #advance(now: boolean): void {
    if (this.#waiters.size === 0) return;
    // A fair waiter has to stand in the queue even while this process holds all there is.
    const pointless = this.#full() && !this.settings.fair;
    if (pointless || this.#attempting || (this.#cancelPoll && !now)) return;
    this.#stopPolling();
    this.#attempting = true;
    const { fair, permits } = this.settings;
    const bidders: Waiter[] = [];
    const most = fair ? this.#waiters.size : permits - this.#held.size;
    for (const waiter of this.#waiters) {
      if (bidders.length >= most) break;
      waiter.shown = true;
      bidders.push(waiter);
    }
    const ids = bidders.map(({ id }) => id);
    const leaving = this.#leaving;
    if (leaving.length > 0) this.#leaving = [];
    const since = this.#now;
    this.table.bid(ids, leaving, fair ? 'join' : 'ignore').then(
      (result) => this.#answered(result, bidders, since),
      (error: unknown) => this.#failed(error, [...ids, ...leaving]),
    );
  }

  #answered(result: BidResult, bidders: readonly Waiter[], since: number): void {
    this.#attempting = false;
    for (const { id, fence } of result.granted) {
      const bidder = bidders.find((waiter) => sameId(waiter.id, id));
      this.#pass(this.#hold(id, fence, since), this.settings.fair ? bidder : undefined);
    }
    const allServed = result.granted.length === bidders.length;
    if (result.granted.length > 0) this.#pace.turn(result.alone);
    this.table.saw(result);
    if (allServed || (this.settings.fair && this.#someUnshown())) this.#advance(true);
    else if (this.settings.fair || !this.#full()) this.#poll(this.#pace.afterRefusal(result));
  }

  #someUnshown(): boolean {
    for (const { shown } of this.#waiters) if (!shown) return true;
    return false;
  }

  #failed(error: unknown, ids: readonly LockId[]): void {
    this.#attempting = false;
    if (isKvError(error, 'CONTENTION')) {
      this.#poll(this.#pace.afterContention());
      return;
    }
    this.#withdraw(ids, error);
    for (const waiter of this.#waiters) this.#dismiss(waiter).reject(error);
  }

  /** Gives the tenure to `chosen`, or else to the first in line; renewed if little of it is left. */
  #pass(tenure: Tenure, chosen: Waiter | undefined): void {
    const lend = (): void => {
      const [first] = this.#waiters;
      const waiter = chosen && !this.#waiters.has(chosen) ? undefined : (chosen ?? first);
      if (!waiter) this.#discard(tenure);
      else if (tenure.check()) this.#dismiss(waiter).resolve(tenure.lend());
    };
    if (tenure.fresh) lend();
    else void tenure.extend().then(lend, () => this.#discard(tenure));
  }

  /** Releases what nobody here wants. */
  #discard(tenure: Tenure): void {
    if (!this.#held.delete(tenure)) return;
    tenure.takeBack();
    this.#advance(true);
  }

  #dismiss(waiter: Waiter): Waiter {
    this.#waiters.delete(waiter);
    waiter.settle();
    return waiter;
  }

  #leave(waiter: Waiter, error: KvError): void {
    this.#dismiss(waiter).reject(error);
    if (this.settings.fair && waiter.shown) this.#leaving.push(waiter.id);
    if (this.#waiters.size > 0) {
      this.#advance(this.#leaving.length > 0);
      return;
    }
    this.#stopPolling();
    if (this.#leaving.length > 0) this.#withdraw(this.#leaving.splice(0), undefined);
  }

  /** Takes back what a failed attempt may have left in the record. */
  #withdraw(ids: readonly LockId[], error: unknown): void {
    const outcome = isKvError(error) ? error.outcome : 'unknown';
    if (outcome === 'unknown' || this.settings.fair) void this.table.takeBack(ids);
  }

  #poll(ms: number): void {
    this.#stopPolling();
    if (ms === 0) {
      this.#advance(true);
      return;
    }
    this.#cancelPoll = this.settings.clock.setTimer(() => {
      this.#cancelPoll = undefined;
      this.#advance(true);
    }, ms);
  }

  #stopPolling(): void {
    this.#cancelPoll?.();
    this.#cancelPoll = undefined;
  }
}

function abortedError(key: string, signal: AbortSignal): KvError {
  return new KvError('ABORTED', 'the wait was aborted', { key, cause: signal.reason });
}
