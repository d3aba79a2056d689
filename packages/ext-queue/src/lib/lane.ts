import type { Store } from '@grovekv/kv-core';
import { type Appended, appendTo } from './append.js';
import type { Entry } from './entry.js';
import { doneEntry } from './entry.js';
import { closedMeanwhile, inDoubt } from './in-doubt.js';
import type { LaneHint } from './lane-hint.js';
import { LaneHints } from './lane-hint.js';
import { bucketOf } from './lane-names.js';
import type { QueueSettings } from './options.js';
import type { SegmentTable } from './segment-table.js';

/** What lanes are made of. */
export interface LaneHost {
  readonly settings: QueueSettings<unknown>;
  readonly table: SegmentTable;
  readonly store: Pick<Store, 'with'>;
}

/** Where a job is. */
export interface Place {
  readonly lane: string;
  readonly segment: number;
  readonly index: number;
}

/** The creation of a segment is allowed while this is fresh: all before it are there, and sealed. */
interface Proof {
  readonly segment: number;
  readonly base: number;
  readonly until: number;
}

const NOTE_TAIL_EVERY = 16;
/** How far a gallop looks, in one round trip. */
const STRIDES = [0, ...Array.from({ length: 14 }, (_, power) => 2 ** power)];

/**
 * A log of segments, numbered from 0. Those below the head are drained; jobs are appended to the last
 * one until it is sealed, and only then is the next one made. So at any moment one segment takes jobs,
 * and their places are in the order of the appends.
 */
export class Lane {
  readonly name: string;
  readonly table: SegmentTable;
  readonly #settings: QueueSettings<unknown>;
  readonly #hints: LaneHints;
  readonly #key: string;
  readonly #canClose: boolean;
  /** The last hint that was read or written, and when, by the monotonic clock. */
  #hint: LaneHint | undefined;
  #hintAt = Number.NEGATIVE_INFINITY;
  #hintWallAt = 0;
  #tail: number | undefined;
  #proof: Proof | undefined;

  constructor({ settings, table, store }: LaneHost, name: string) {
    this.name = name;
    this.table = table;
    this.#settings = settings;
    this.#key = settings.prefix + name;
    this.#hints = new LaneHints(store, this.#key);
    this.#canClose = bucketOf(name) !== undefined;
  }

  segmentKey(segment: number): string {
    return `${this.#key}:${segment}`;
  }

  /** Where its segments begin, if that is known well enough without a read. */
  get freshHint(): LaneHint | undefined {
    const { tombstoneMs, clock } = this.#settings;
    // A suspended machine may hold the monotonic clock still, but not the wall clock.
    const ageMs = Math.max(this.#now - this.#hintAt, Math.abs(clock.now() - this.#hintWallAt));
    return ageMs <= tombstoneMs / 4 ? this.#hint : undefined;
  }

  /** Where its segments begin. One read. */
  async hint(): Promise<LaneHint> {
    const [now, wall] = [this.#now, this.#settings.clock.now()];
    return this.#knows(await this.#hints.read(), now, wall);
  }

  /**
   * Appends the first so many as fit into one segment, one at least; answers with their places, none if
   * the lane is closed. One write, and a read if it makes the segment.
   */
  async append(entries: readonly Entry[]): Promise<Place[]> {
    for (;;) {
      const segment = this.#tail ?? (await this.#findTail());
      const appended = await this.#appendTo(segment, entries);
      if (!appended) {
        if (await this.#approach(segment)) continue;
        return [];
      }
      if (appended.indexes.length === 0) continue;
      if (appended.created) {
        const stored = entries.slice(0, appended.indexes.length);
        const kept = await this.#confirm(segment, stored).catch((error) => {
          throw inDoubt(error, this.segmentKey(segment));
        });
        if (kept === 'closed') return [];
        if (kept === 'behind') continue;
      }
      return appended.indexes.map((index) => ({ lane: this.name, segment, index }));
    }
  }

  /** The segment that takes jobs now, made if it has to be; `undefined` if the lane is closed. */
  async openSegment(): Promise<number | undefined> {
    for (;;) {
      const segment = this.#tail ?? (await this.#findTail());
      const appended = await this.#appendTo(segment, []);
      if (!appended) {
        if (await this.#approach(segment)) continue;
        return undefined;
      }
      if (appended.created) {
        const kept = await this.#confirm(segment, []);
        if (kept === 'closed') return undefined;
        if (kept === 'behind') continue;
      }
      if (!appended.sealed) return segment;
    }
  }

  /**
   * Puts an entry into this very segment, unless it has been there already. `undefined`: it was not and
   * never will be, because the segment is sealed or gone.
   */
  async insert(segment: number, entry: Entry): Promise<Place | undefined> {
    const step = appendTo([entry], this.#settings, () => undefined, true);
    const appended = await this.table.update(this.segmentKey(segment), step);
    const index = appended?.indexes[0];
    return index === undefined ? undefined : { lane: this.name, segment, index };
  }

  /** How many jobs were ever appended. Round trips as for finding the last segment, and a read. */
  async total(): Promise<number> {
    this.#tail = undefined;
    const last = await this.#findTail();
    const seen = await this.table.read(this.segmentKey(last));
    if (seen) return seen.segment.base + seen.segment.entries.length;
    return (await this.hint()).base;
  }

  /** All before `head` are drained: moves the head, then lets them go. `base`: jobs before `head`. */
  async advance(head: number, base: number): Promise<void> {
    const from = (this.freshHint ?? (await this.hint())).head;
    const [now, wall] = [this.#now, this.#settings.clock.now()];
    this.#knows(await this.#hints.advance(head, base), now, wall);
    const { tombstoneMs } = this.#settings;
    const drained = Array.from({ length: Math.max(0, head - from) }, (_, nth) => from + nth);
    await Promise.all(drained.map((n) => this.table.bury(this.segmentKey(n), tombstoneMs)));
  }

  /**
   * Lets nothing more in, for a lane whose time is over and whose segments before `end` are drained;
   * `false` if something has come in after all. Who appends looks at the hint after making a segment, and
   * this looks for the segment after writing the hint: one sees the other. It stays closed: what has come
   * in is to be taken first.
   */
  async close(end: number): Promise<boolean> {
    const { tombstoneMs } = this.#settings;
    const [now, wall] = [this.#now, this.#settings.clock.now()];
    const { head: from } = this.#knows(await this.#hints.close(), now, wall);
    if (await this.table.has(this.segmentKey(end))) return false;
    const all = Array.from({ length: Math.max(0, end - from) }, (_, nth) => from + nth);
    await Promise.all(all.map((n) => this.table.bury(this.segmentKey(n), tombstoneMs)));
    await this.#hints.bury(tombstoneMs);
    return true;
  }

  get #now(): number {
    return this.#settings.clock.monotonic();
  }

  #knows(hint: LaneHint, at: number, wallAt: number): LaneHint {
    this.#hint = hint;
    this.#hintAt = at;
    this.#hintWallAt = wallAt;
    return hint;
  }

  /** `undefined` if there is no such segment and this may not make it. */
  async #appendTo(segment: number, entries: readonly Entry[]): Promise<Appended | undefined> {
    const proof = this.#proof;
    const base = (): number | undefined => {
      if (proof?.segment !== segment || this.#now > proof.until) return undefined;
      if (this.#hint?.closed) return undefined;
      return proof.base;
    };
    const step = appendTo(entries, this.#settings, base, false);
    const appended = await this.table.update(this.segmentKey(segment), step);
    if (!appended) return undefined;
    if (appended.sealed && (this.#tail === undefined || this.#tail <= segment)) {
      this.#tail = segment + 1;
      this.#prove(segment + 1, appended.base + appended.size);
    }
    return appended;
  }

  #prove(segment: number, base: number): void {
    const until = this.#now + this.#settings.tombstoneMs / 4;
    this.#proof = { segment, base, until };
  }

  /** After a segment was found missing: finds out what may be done about it. `false` if closed. */
  async #approach(segment: number): Promise<boolean> {
    const { head, base, closed } = await this.hint();
    if (closed) return false;
    this.#tail = undefined;
    this.#proof = undefined;
    if (head === segment) {
      this.#tail = segment;
      this.#prove(segment, base);
    } else if (head < segment) {
      const before = await this.table.read(this.segmentKey(segment - 1));
      if (before?.segment.sealed) {
        this.#tail = segment;
        this.#prove(segment, before.segment.base + before.segment.entries.length);
      }
    }
    return true;
  }

  /**
   * A segment was made. If the head has moved past it meanwhile, which takes a stall longer than
   * tombstones are kept, nobody would ever look at it: what it holds is taken back. As long as what is
   * known of the head is younger than tombstones get, there is nothing to ask: the tombstone would have
   * been there.
   */
  async #confirm(
    segment: number,
    entries: readonly Entry[],
  ): Promise<'kept' | 'behind' | 'closed'> {
    const { head, closed } = (this.#canClose ? undefined : this.freshHint) ?? (await this.hint());
    if (segment % NOTE_TAIL_EVERY === 0) void this.#hints.noteTail(segment).catch(() => undefined);
    if (head <= segment && !closed) return 'kept';
    this.#tail = undefined;
    this.#proof = undefined;
    const taken = await this.table.update(this.segmentKey(segment), (draft) => {
      if (!draft) return { next: undefined, result: true };
      let all = true;
      for (const { uid } of entries) {
        const index = draft.find(uid);
        const entry = draft.entries[index];
        if (!entry || entry.state === 'done') continue;
        if (entry.state === 'waiting' && entry.attempts === 0) draft.set(index, doneEntry(entry));
        else all = false;
      }
      draft.seal();
      return { next: draft.finish(), result: all };
    });
    // Somebody has a job of it already. If he dies, nobody will look here.
    if (!taken) throw closedMeanwhile(this.segmentKey(segment));
    await this.table.bury(this.segmentKey(segment), this.#settings.tombstoneMs);
    return closed ? 'closed' : 'behind';
  }

  /** The last segment there is, or the first to make. Round trips: the logarithm of what is to pass. */
  async #findTail(): Promise<number> {
    const { head, base, tail } = await this.hint();
    let last = Math.max(head, tail);
    for (;;) {
      const there = await Promise.all(
        STRIDES.map((stride) => this.table.has(this.segmentKey(last + stride))),
      );
      if (!there[0] && last > head) {
        last = head;
        continue;
      }
      if (!there[0]) {
        // Segments are made in order: what is there beyond a head that is not is left of an earlier lane.
        this.#prove(last, base);
        this.#tail = last;
        return last;
      }
      const farthest = STRIDES[there.lastIndexOf(true)] ?? 0;
      if (farthest === 0) {
        this.#tail = last;
        return last;
      }
      last += farthest;
    }
  }
}
