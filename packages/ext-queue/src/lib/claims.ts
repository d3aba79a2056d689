import type { Lane } from './lane.js';
import type { QueueSettings } from './options.js';
import { type Outlook, outlookOf, type PlacedEntry, take, type Wish } from './take.js';

/** A job that has been taken, with where it is. */
export interface Claim extends PlacedEntry {
  readonly lane: Lane;
  readonly segment: number;
}

/** What claiming came to. */
export interface Claimed {
  readonly jobs: readonly Claim[];
  readonly departures: readonly Claim[];
  /** What ended it early: what had been taken by then is leased, and nobody else is told of it. */
  readonly failure: Failure | undefined;
}

/** An error that is told later, or not at all. */
export interface Failure {
  readonly error: unknown;
}

/** What this process knows of a segment, by its monotonic clock. */
interface View {
  readonly sealed: boolean;
  readonly drained: boolean;
  /** When to look again. */
  readonly lookAt: number;
  readonly end: number;
}

/** Others can make a job visible earlier than it was when this process looked: look again after this. */
const TRUST_MS = 2_000;
/** So many drained segments at the head are let go together. */
const HEAD_STEP = 8;
/** So many unknown segments are looked at together. */
const LOOK_AHEAD = 16;

/**
 * Takes jobs from one lane, the first ones first. Remembers which of its segments have nothing to give
 * until when, so that long leases and rests at the head cost nothing.
 */
export class Claims {
  readonly lane: Lane;
  readonly #settings: QueueSettings<unknown>;
  readonly #views = new Map<number, View>();
  #head = 0;
  #advancing = false;
  /** When something may be there that is not there now, as far as this process knows. */
  wakeAt = 0;
  /** Until when nothing need be asked, though others may have given jobs back. */
  quietUntil = 0;
  /** Whether everything that was ever in the lane is done: the number of the segment after the last. */
  spentBefore: number | undefined;

  constructor(lane: Lane, settings: QueueSettings<unknown>) {
    this.lane = lane;
    this.#settings = settings;
  }

  /** Uncontended one write for each segment that gives something, a read for one that does not. */
  async claim(wish: Wish): Promise<Claimed> {
    const jobs: Claim[] = [];
    const departures: Claim[] = [];
    let failure: Failure | undefined;
    try {
      await this.#collect(wish, jobs, departures);
    } catch (error) {
      failure = { error };
      this.wakeAt = 0;
      this.quietUntil = 0;
    }
    return { jobs, departures, failure };
  }

  async #collect(wish: Wish, jobs: Claim[], departures: Claim[]): Promise<void> {
    const { lane } = this;
    const { head } = lane.freshHint ?? (await lane.hint());
    if (head > this.#head) this.#forget(head);
    let wakeAt = Number.POSITIVE_INFINITY;
    let misses = 0;
    let spent = true;
    this.spentBefore = undefined;
    for (let segment = head; ; segment += 1) {
      const view = this.#views.get(segment);
      if (view?.drained) continue;
      if (view?.sealed && view.lookAt > this.#now) {
        spent = false;
        wakeAt = Math.min(wakeAt, view.lookAt);
        continue;
      }
      if (!view && misses >= 2) {
        await this.#lookAhead(segment, wish.now());
        misses = 0;
        segment -= 1;
        if (this.#views.has(segment + 1)) continue;
        if (spent) this.spentBefore = segment + 1;
        break;
      }
      const most = wish.most - jobs.length;
      const key = lane.segmentKey(segment);
      const taken = await lane.table.update(key, take({ ...wish, most }));
      if (!taken) {
        if (spent) this.spentBefore = segment;
        break;
      }
      for (const item of taken.jobs) jobs.push({ ...item, lane, segment });
      for (const item of taken.departures) departures.push({ ...item, lane, segment });
      this.#saw(segment, taken.outlook);
      wakeAt = Math.min(wakeAt, this.#now + taken.outlook.nextMs);
      if (taken.jobs.length === 0) misses += 1;
      if (!taken.outlook.drained) spent = false;
      if (jobs.length >= wish.most || (wish.partial && jobs.length > 0)) {
        wakeAt = 0;
        break;
      }
      if (!taken.outlook.sealed) break;
    }
    this.wakeAt = wakeAt;
    this.quietUntil = Math.min(wakeAt, this.#now + TRUST_MS);
    void this.#advance(head);
  }

  /** A job of this process is done or has been given back: the segment is worth a look. */
  changed(segment: number, outlook: Outlook): void {
    this.#saw(segment, outlook);
    // With nothing left to do there is the lane to be closed, if its time is over.
    const nextMs = outlook.nextMs === Number.POSITIVE_INFINITY ? 0 : outlook.nextMs;
    this.wakeAt = Math.min(this.wakeAt, this.#now + nextMs);
    this.quietUntil = Math.min(this.quietUntil, this.wakeAt);
  }

  get #now(): number {
    return this.#settings.clock.monotonic();
  }

  #saw(segment: number, { sealed, drained, nextMs, end }: Outlook): void {
    const lookAt = this.#now + Math.min(nextMs, TRUST_MS);
    this.#views.set(segment, { sealed, drained, lookAt, end });
  }

  #forget(head: number): void {
    for (const segment of this.#views.keys()) if (segment < head) this.#views.delete(segment);
    this.#head = head;
  }

  /** Learns of many segments in one round trip. */
  async #lookAhead(from: number, now: number): Promise<void> {
    const segments = Array.from({ length: LOOK_AHEAD }, (_, nth) => from + nth);
    const found = await Promise.all(
      segments.map((segment) => this.lane.table.read(this.lane.segmentKey(segment))),
    );
    found.forEach((seen, nth) => {
      if (seen) this.#saw(from + nth, outlookOf(seen.draft, now));
    });
  }

  /** Moves the head past what is drained, many at a time. Nobody waits for it. */
  async #advance(head: number): Promise<void> {
    let to = head;
    let end = 0;
    for (let view = this.#views.get(to); view?.drained; view = this.#views.get(to)) {
      to += 1;
      end = view.end;
    }
    if (to - head < HEAD_STEP || this.#advancing) return;
    this.#advancing = true;
    try {
      await this.lane.advance(to, end);
    } catch {
      // Those who come later try again.
    } finally {
      this.#advancing = false;
    }
  }
}
