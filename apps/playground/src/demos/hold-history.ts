/** A time during which a worker held the lock. */
export interface Hold {
  readonly worker: number;
  readonly name: string;
  readonly fence: number;
  readonly from: number;
  /** `undefined` while it lasts. */
  to: number | undefined;
  end: 'released' | 'lost' | 'expired' | undefined;
}

const SHOWN_MS = 90_000;
/** A lease that had longer to go than this was given back: it is extended well before. */
const NEARLY_OVER_MS = 250;

/** Who held the lock when, put together from what workers tell and what the lock's record says. */
export class HoldHistory {
  readonly #leaseMs: number;
  #holds: Hold[] = [];
  #expiresAt = 0;

  constructor(leaseMs: number) {
    this.#leaseMs = leaseMs;
  }

  get holds(): readonly Hold[] {
    return this.#holds;
  }

  /** The hold that has not ended. */
  get current(): Hold | undefined {
    const last = this.#holds[this.#holds.length - 1];
    return last?.to === undefined ? last : undefined;
  }

  /** Answers the hold that it found run out, if it did. */
  acquired(worker: number, name: string, fence: number, now: number): Hold | undefined {
    const { current } = this;
    // The next holder may be heard before the one that gave it back.
    const ranOut = now >= this.#expiresAt - NEARLY_OVER_MS;
    if (current)
      this.#end(current, Math.min(now, this.#expiresAt), ranOut ? 'expired' : 'released');
    this.#holds.push({ worker, name, fence, from: now, to: undefined, end: undefined });
    this.#expiresAt = now + this.#leaseMs;
    this.#holds = this.#holds.filter(({ to }) => to === undefined || to > now - SHOWN_MS);
    return ranOut ? current : undefined;
  }

  ended(fence: number, end: 'released' | 'lost', now: number): void {
    const hold = this.#holds.find((hold) => hold.fence === fence);
    if (hold?.to === undefined && hold) this.#end(hold, now, end);
    else if (hold && end === 'lost') hold.end = 'lost';
  }

  /** What the record says: who holds it and for how long yet. */
  observed(fence: number | undefined, remainingMs: number, now: number): void {
    const { current } = this;
    if (!current) return;
    if (fence === current.fence) this.#expiresAt = now + remainingMs;
    else if (now > this.#expiresAt) this.#end(current, this.#expiresAt, 'expired');
  }

  #end(hold: Hold, at: number, end: Hold['end']): void {
    hold.to = Math.max(hold.from, at);
    hold.end = end;
  }
}
