import type { Clock, Store } from '@grovekv/kv-core';
import { Draft, emptySegment, type Segment } from './segment.js';
import { segmentCodec } from './segment-codec.js';
import { sameUid, type Uid } from './uid.js';

/**
 * The time to live of a segment: so long that no job is ever lost to it, renewed by each write. What is
 * left of it tells by the driver's clock how long ago the record was written.
 */
export const KEEP_MS = 3_650 * 86_400_000;

const MOST_SIGHTINGS = 4_096;
/** States of one segment that are remembered: what was seen, and what was then to be written, and may not have been. */
const MOST_STATES = 8;

/** What a step makes of a segment: the next state, `undefined` to leave it, and an answer. */
export interface Step<R> {
  readonly next: Segment | undefined;
  readonly result: R;
}

/** A segment as it is now. */
export interface SeenSegment {
  readonly segment: Segment;
  readonly draft: Draft;
}

interface Sighting {
  readonly stamp: Uid;
  readonly ageMs: number;
  readonly at: number;
}

/** The segments of a queue in the store. */
export class SegmentTable {
  readonly #store: Store<Segment>;
  readonly #clock: Clock;
  readonly #sightings = new Map<string, Sighting[]>();

  constructor(store: Pick<Store, 'with'>, clock: Clock) {
    this.#store = store.with({ codec: segmentCodec });
    this.#clock = clock;
  }

  /**
   * Changes a segment; `step` must know its own earlier effect. It gets the entries as they are now, or
   * `undefined` if there is no such segment. One or two round trips.
   */
  update<R>(
    key: string,
    step: (draft: Draft | undefined, segment: Segment | undefined) => Step<R>,
  ): Promise<R> {
    return this.#store.update<Segment, R>(
      key,
      (segment, { ttlMs }) => {
        const draft = segment && new Draft(segment, this.#age(key, segment, ttlMs));
        const { next, result } = step(draft, segment);
        if (!next) return { keep: true, result };
        this.#saw(key, { stamp: next.stamp, ageMs: 0, at: this.#clock.monotonic() });
        return { put: next, ttlMs: KEEP_MS, result };
      },
      { idempotent: true, withTtl: true },
    );
  }

  /** One read; those of one tick are one request. */
  async read(key: string): Promise<SeenSegment | undefined> {
    const entry = await this.#store.getEntry<Segment>(key);
    if (!entry) return undefined;
    const segment = entry.value;
    return { segment, draft: new Draft(segment, this.#age(key, segment, entry.ttlMs)) };
  }

  has(key: string): Promise<boolean> {
    return this.#store.has(key);
  }

  /** Lets a drained segment go, in a while. */
  async bury(key: string, tombstoneMs: number): Promise<void> {
    this.#sightings.delete(key);
    await this.#store.expire(key, tombstoneMs);
  }

  /**
   * How long ago the segment was written, by the driver's clock; from the first sight of it on by the
   * monotonic clock of this process, so that no jump of a wall clock ends leases.
   */
  #age(key: string, segment: Segment, ttlMs: number | undefined): number {
    const now = this.#clock.monotonic();
    const states = this.#sightings.get(key) ?? [];
    for (let nth = states.length - 1; nth >= 0; nth -= 1) {
      const seen = states[nth]!;
      if (!sameUid(seen.stamp, segment.stamp)) continue;
      // After a write that failed it is the last one again.
      if (nth < states.length - 1) states.push(...states.splice(nth, 1));
      return seen.ageMs + now - seen.at;
    }
    const ageMs = ttlMs === undefined ? 0 : Math.max(0, KEEP_MS - ttlMs);
    this.#saw(key, { stamp: segment.stamp, ageMs, at: now });
    return ageMs;
  }

  #saw(key: string, sighting: Sighting): void {
    const states = this.#sightings.get(key);
    if (states) {
      if (states.length >= MOST_STATES) states.shift();
      states.push(sighting);
      return;
    }
    if (this.#sightings.size >= MOST_SIGHTINGS) this.#sightings.clear();
    this.#sightings.set(key, [sighting]);
  }
}

/** A draft of a segment that is not there yet. */
export function newDraft(base: number): Draft {
  const draft = new Draft(emptySegment(base), 0);
  draft.changed = true;
  return draft;
}
