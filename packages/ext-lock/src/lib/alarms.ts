import type { Clock } from '@grovekv/kv-core';

/** Something to be woken at a moment of the monotonic clock. */
export interface Sleeper {
  readonly wakeAt: number;
  /** Where it is on the list; −1 if it is not. Of the list alone. */
  place: number;
  /** Called at `wakeAt` or later. It is not on the list then. */
  wake(): void;
}

/**
 * One timer for all who sleep by a clock: leases are often held for less time than a timer of their own
 * would cost. Nothing is left behind when nobody sleeps.
 */
export class Alarms {
  readonly #clock: Clock;
  readonly #sleepers: Sleeper[] = [];
  #cancel: (() => void) | undefined;
  #ringsAt = Number.POSITIVE_INFINITY;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add(sleeper: Sleeper): void {
    if (sleeper.place < 0) sleeper.place = this.#sleepers.push(sleeper) - 1;
    if (sleeper.wakeAt < this.#ringsAt) this.#arm(sleeper.wakeAt);
  }

  delete(sleeper: Sleeper): void {
    if (!this.#remove(sleeper) || this.#sleepers.length > 0) return;
    this.#cancel?.();
    this.#cancel = undefined;
    this.#ringsAt = Number.POSITIVE_INFINITY;
  }

  #remove(sleeper: Sleeper): boolean {
    if (sleeper.place < 0) return false;
    const last = this.#sleepers.pop() as Sleeper;
    if (last !== sleeper) {
      this.#sleepers[sleeper.place] = last;
      last.place = sleeper.place;
    }
    sleeper.place = -1;
    return true;
  }

  #arm(at: number): void {
    this.#cancel?.();
    this.#ringsAt = at;
    this.#cancel = this.#clock.setTimer(this.#ring, Math.max(0, at - this.#clock.monotonic()));
  }

  readonly #ring = (): void => {
    this.#cancel = undefined;
    this.#ringsAt = Number.POSITIVE_INFINITY;
    const now = this.#clock.monotonic();
    for (const sleeper of [...this.#sleepers]) {
      if (sleeper.wakeAt <= now && this.#remove(sleeper)) sleeper.wake();
    }
    let next = Number.POSITIVE_INFINITY;
    for (const { wakeAt } of this.#sleepers) next = Math.min(next, wakeAt);
    if (next < this.#ringsAt) this.#arm(next);
  };
}

const byClock = new WeakMap<Clock, Alarms>();

/** The alarms of a clock. */
export function alarmsOf(clock: Clock): Alarms {
  let alarms = byClock.get(clock);
  if (!alarms) {
    alarms = new Alarms(clock);
    byClock.set(clock, alarms);
  }
  return alarms;
}
