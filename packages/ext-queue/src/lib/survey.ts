import type { Codec } from '@grovekv/kv-core';
import type { Entry } from './entry.js';
import type { Lane } from './lane.js';
import { bucketLane, DEAD_LANE, readyLane } from './lane-names.js';
import type { QueueCore } from './queue-core.js';
import { uidText } from './uid.js';

/** How many jobs of a queue are in which state. */
export interface QueueStats {
  /** Can be delivered now. */
  readonly waiting: number;
  /** Leased to a worker, or on its way from one lane to another. */
  readonly active: number;
  /** To be delivered later: delayed, or resting after a failure. */
  readonly delayed: number;
  readonly dead: number;
  readonly paused: boolean;
}

/** A job that is looked at without being taken. */
export interface PeekedJob<T> {
  readonly id: string;
  /** Throws what the codec has thrown if it could not be decoded. */
  readonly payload: T;
  readonly priority: number;
  /** Deliveries so far. */
  readonly attempts: number;
  /** Wall clock of who enqueued it. */
  readonly enqueuedAt: number;
}

/** A job whose attempts are used up. */
export interface DeadJob<T> extends PeekedJob<T> {
  /** Why the last attempt failed, as far as it was said. */
  readonly reason: string;
}

/** An entry with its place. */
export interface Found {
  readonly lane: Lane;
  readonly segment: number;
  readonly index: number;
  readonly entry: Entry;
}

type Counts = { waiting: number; active: number; delayed: number; dead: number };

/** Segments read in one round trip. */
const STRIDE = 16;

/** Walks over the segments of a lane from its head on, until `visit` says `false`. */
async function walk(
  lane: Lane,
  visit: (segment: number, entries: readonly Entry[], base: number, sealed: boolean) => boolean,
): Promise<void> {
  const { head } = await lane.hint();
  for (let from = head; ; from += STRIDE) {
    const numbers = Array.from({ length: STRIDE }, (_, nth) => from + nth);
    const segments = await Promise.all(
      numbers.map((number) => lane.table.read(lane.segmentKey(number))),
    );
    for (let nth = 0; nth < STRIDE; nth += 1) {
      const seen = segments[nth];
      if (!seen) return;
      const { entries, base, sealed } = seen.draft;
      if (!visit(from + nth, entries, base, sealed)) return;
    }
  }
}

/** Counts by looking at the segments that have been touched, and at the last one. */
async function countReady(lane: Lane, now: number, counts: Counts): Promise<void> {
  let untouched: number | undefined;
  await walk(lane, (_, entries, base, sealed) => {
    const fresh = ({ state, attempts, dueAt }: Entry): boolean =>
      state === 'waiting' && attempts === 0 && dueAt <= now;
    if (sealed && entries.every(fresh)) {
      untouched = base;
      return false;
    }
    for (const entry of entries) countOne(entry, now, counts);
    return true;
  });
  if (untouched !== undefined) counts.waiting += (await lane.total()) - untouched;
}

function countOne({ state, leftMs, dueAt }: Entry, now: number, counts: Counts): void {
  if (state === 'waiting') counts[leftMs > 0 || dueAt > now ? 'delayed' : 'waiting'] += 1;
  else if (state !== 'done') counts.active += 1;
}

/**
 * Counts the jobs. Reads what is being worked on, the last segment of each level, every second for which
 * there are delayed jobs, and the dead letters; what merely waits is known without being read.
 */
export async function surveyQueue(core: QueueCore): Promise<QueueStats> {
  const { paused, levels, volumes } = await core.meta.read();
  const now = core.settings.clock.now();
  const counts: Counts = { waiting: 0, active: 0, delayed: 0, dead: 0 };
  for (const level of [...levels, 0]) {
    await countReady(core.lane(readyLane(level)), now, counts);
    const ofLevel = volumes.flatMap(([of, volume]) => (of === level ? [volume] : []));
    for (const bucket of await core.calendar.all(level, ofLevel)) {
      await walk(core.lane(bucketLane(level, bucket)), (_, entries) => {
        for (const entry of entries) countOne(entry, now, counts);
        return true;
      });
    }
  }
  counts.dead += (await findDead(core, Number.POSITIVE_INFINITY)).length;
  return { ...counts, paused };
}

/** The first jobs that wait, in the order in which they would be delivered, delayed ones left out. */
export async function peekQueue(core: QueueCore, limit: number): Promise<Entry[]> {
  const { levels } = await core.meta.read();
  const now = core.settings.clock.now();
  const found: Entry[] = [];
  for (const level of [...levels, 0]) {
    await walk(core.lane(readyLane(level)), (_, entries) => {
      for (const entry of entries) {
        const { state, leftMs, dueAt } = entry;
        if (found.length < limit && state === 'waiting' && leftMs === 0 && dueAt <= now) {
          found.push(entry);
        }
      }
      return found.length < limit;
    });
    if (found.length >= limit) break;
  }
  return found;
}

/** Dead letters, the oldest first. */
export async function findDead(core: QueueCore, limit: number): Promise<Found[]> {
  const lane = core.lane(DEAD_LANE);
  const found: Found[] = [];
  await walk(lane, (segment, entries) => {
    entries.forEach((entry, index) => {
      if (entry.state !== 'done' && found.length < limit) {
        found.push({ lane, segment, index, entry });
      }
    });
    return found.length < limit;
  });
  return found;
}

/** The id of a job. */
export function idOf({ id, origin }: Entry): string {
  return id || uidText(origin);
}

/** A job to look at: one whose payload cannot be decoded does not hide the others. */
export function lookAt<T>(entry: Entry, codec: Codec<T>): PeekedJob<T> {
  const job = {
    id: idOf(entry),
    priority: entry.level,
    attempts: entry.attempts,
    enqueuedAt: entry.enqueuedAt,
  };
  try {
    return { ...job, payload: codec.decode(entry.payload) };
  } catch (error) {
    // Not enumerable: a list of jobs can be printed and copied all the same.
    const refuse = (): never => {
      throw error;
    };
    return Object.defineProperty(job as PeekedJob<T>, 'payload', { get: refuse });
  }
}
