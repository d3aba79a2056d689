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

/** Who held the lock when, put together from what workers tell and what the lock's record says. */
export class HoldHistory {
  #holds: Hold[] = [];
  #expiresAt = 0;

  get holds(): readonly Hold[] {
    return this.#holds;
  }

  /** The hold that has not ended. */
  get current(): Hold | undefined {
    const last = this.#holds[this.#holds.length - 1];
    return last?.to === undefined ? last : undefined;
  }

  acquired(worker: number, name: string, fence: number, now: number): Hold | undefined {
    const before = this.current;
    if (before) this.#end(before, Math.min(now, this.#expiresAt), 'expired');
    this.#holds.push({ worker, name, fence, from: now, to: undefined, end: undefined });
    this.#holds = this.#holds.filter(({ to }) => to === undefined || to > now - SHOWN_MS);
    return before;
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
