import { Appender } from './appender.js';
import { Calendar } from './calendar.js';
import { type Claim, Claims, type Failure } from './claims.js';
import type { Entry } from './entry.js';
import { closedMeanwhile } from './in-doubt.js';
import { Lane, type Place } from './lane.js';
import {
  BUCKET_MS,
  bucketLane,
  bucketOf,
  DEAD_LANE,
  delayedLane,
  levelOf,
  readyLane,
} from './lane-names.js';
import { MetaRecord } from './meta.js';
import { type Departure, type MoveHost, move } from './movers.js';
import type { QueueSettings } from './options.js';
import { Pulse } from './pulse.js';
import { SegmentTable } from './segment-table.js';
import { Settlements } from './settlements.js';
import { DEDUPE_MS, type NamedResult, Slots } from './slots.js';
import { Wakers } from './wakers.js';

/** What another process has changed of the queue is known after this. */
const META_MS = 250;
/** The calendar is asked this often while other jobs keep the queue busy. */
const CALENDAR_MS = 100;
/** A job that rests no longer stays where it is. */
const REST_IN_PLACE_MS = 10_000;
const MOST_LANES = 4_096;

/** Everything of a queue that is not its surface. */
export class QueueCore {
  readonly settings: QueueSettings<unknown>;
  readonly meta: MetaRecord;
  readonly calendar: Calendar;
  readonly slots: Slots;
  readonly settlements: Settlements;
  readonly wakers = new Wakers();
  readonly pulse = new Pulse();
  readonly #table: SegmentTable;
  #lanes = new Map<string, Lane>();
  #claims = new Map<string, Claims>();
  readonly #appenders = new Map<string, Appender>();
  readonly #moving: MoveHost;
  #calendarAt = Number.NEGATIVE_INFINITY;
  /** When the next second begins for which there are delayed jobs, by the monotonic clock. */
  #nextDueAt = Number.POSITIVE_INFINITY;
  #due: { level: number; buckets: readonly number[] }[] = [];
  /** When there may be something that is not there now, by the monotonic clock. */
  wakeAt = 0;

  constructor(settings: QueueSettings<unknown>) {
    const { store, prefix, clock, tombstoneMs } = settings;
    this.settings = settings;
    this.#table = new SegmentTable(store, clock);
    this.meta = new MetaRecord(store, prefix, clock);
    this.calendar = new Calendar(store, prefix, this.meta, clock, tombstoneMs);
    this.slots = new Slots(store, prefix, (name) => this.lane(name));
    this.settlements = new Settlements(
      {
        deadLane: DEAD_LANE,
        now: () => clock.now(),
        restLane(level, ms) {
          if (ms <= REST_IN_PLACE_MS) return undefined;
          const dueAt = Math.ceil(clock.now() + ms);
          return { lane: delayedLane(level, dueAt), dueAt };
        },
        changed: (lane, segment, outlook) => this.#claims.get(lane.name)?.changed(segment, outlook),
      },
      this.pulse,
    );
    this.#moving = {
      lane: (name) => this.lane(name),
      announce: async (lane) => this.#announce(lane),
      instead: ({ level }) => readyLane(level),
      moved: (entry, place, uid) => this.slots.moved(entry, place, uid),
    };
  }

  lane(name: string): Lane {
    let lane = this.#lanes.get(name);
    if (!lane) {
      if (this.#lanes.size >= MOST_LANES) this.#lanes = new Map();
      const { settings } = this;
      lane = new Lane({ settings, table: this.#table, store: settings.store }, name);
      this.#lanes.set(name, lane);
    }
    return lane;
  }

  /** Puts a job where it belongs. */
  async enqueue(entry: Entry): Promise<void> {
    const lane = entry.dueAt > 0 ? delayedLane(entry.level, entry.dueAt) : readyLane(entry.level);
    const place = await this.#append(lane, entry);
    if (!place) {
      const instead = readyLane(entry.level);
      if (!(await this.#append(instead, entry)))
        throw closedMeanwhile(this.settings.prefix + instead);
    }
    this.#enqueued(entry);
  }

  /** The same for one with an id or a dedupe key. */
  async enqueueNamed(entry: Entry, id: string): Promise<NamedResult> {
    const { idTtlMs, clock } = this.settings;
    const lastsMs = entry.id ? idTtlMs + Math.max(0, entry.dueAt - clock.now()) : DEDUPE_MS;
    const result = await this.slots.enqueue(entry, id, lastsMs, () => this.#open(entry));
    this.#enqueued(entry);
    return result;
  }

  /** Takes up to `most` jobs; leased to the caller for `visibilityMs` from the call on, and a little. */
  async claim(most: number, visibilityMs: number, partial: boolean): Promise<readonly Claim[]> {
    // If this fails nothing is known to come: who waits looks at its polls only.
    this.wakeAt = Number.POSITIVE_INFINITY;
    const meta = this.meta.known(META_MS) ?? (await this.meta.read());
    if (meta.paused) return [];
    const { clock } = this.settings;
    const jobs: Claim[] = [];
    const departures: Claim[] = [];
    let wakeAt = Number.POSITIVE_INFINITY;
    if (meta.volumes.length > 0) wakeAt = await this.#askCalendar(meta.volumes);
    const wish = { visibilityMs, partial, deadLane: DEAD_LANE, now: () => clock.now() };
    let failure: Failure | undefined;
    for (const level of [...meta.levels, 0]) {
      const due = this.#due.find((one) => one.level === level)?.buckets ?? [];
      for (const name of [...due.map((bucket) => bucketLane(level, bucket)), readyLane(level)]) {
        const left = most - jobs.length;
        if (failure || left <= 0 || (partial && jobs.length > 0)) break;
        const bucket = bucketOf(name)?.bucket;
        const over = bucket !== undefined && (bucket + 2) * BUCKET_MS < clock.now();
        const claims = this.#claimsOf(name);
        if (over && claims.quietUntil > clock.monotonic()) continue;
        const claimed = await claims.claim({ ...wish, most: left, seal: over });
        jobs.push(...claimed.jobs);
        departures.push(...claimed.departures);
        failure = claimed.failure;
        wakeAt = Math.min(wakeAt, claims.wakeAt);
        if (over) void this.#tidy(level, bucket, claims).catch(() => undefined);
      }
    }
    if (!failure) this.wakeAt = wakeAt;
    await Promise.all(departures.map((departure) => this.depart(departure)));
    // What has been taken is leased: the next call meets the error, if it lasts.
    if (failure && jobs.length === 0) throw failure.error;
    return jobs;
  }

  /** Moves a job. If it cannot be done now, whoever finds the job in a while goes on with it. */
  async depart(departure: Departure): Promise<void> {
    await this.move(departure).catch(() => undefined);
  }

  async move(departure: Departure): Promise<void> {
    await move(departure, this.#moving);
    this.wakers.wake();
  }

  async #append(name: string, entry: Entry): Promise<Place | undefined> {
    const { clock, tombstoneMs } = this.settings;
    const announcedAt = clock.monotonic();
    if (!(await this.#announce(name))) return undefined;
    let appender = this.#appenders.get(name);
    if (!appender) {
      if (this.#appenders.size >= MOST_LANES) this.#appenders.clear();
      appender = new Appender(this.lane(name), this.pulse);
      this.#appenders.set(name, appender);
    }
    const place = await appender.append(entry);
    const stalled = clock.monotonic() - announcedAt > tombstoneMs / 4;
    if (place && stalled && !(await this.#announce(name)))
      throw closedMeanwhile(this.settings.prefix + name);
    return place;
  }

  /** Makes sure that everybody finds the lane; `false` if it is closed. */
  #announce(name: string): Promise<boolean> | true {
    const level = levelOf(name);
    if (level === 0 || name === DEAD_LANE) return true;
    if (level !== undefined) return this.meta.addLevel(level).then(() => true);
    const delayed = bucketOf(name);
    if (!delayed) return true;
    return this.meta
      .addLevel(delayed.level)
      .then(() => this.calendar.mark(delayed.level, delayed.bucket));
  }

  async #open({ level, dueAt }: Entry): Promise<{ lane: string; segment: number }> {
    let lane = dueAt > 0 ? delayedLane(level, dueAt) : readyLane(level);
    for (;;) {
      const open = (await this.#announce(lane)) ? await this.lane(lane).openSegment() : undefined;
      if (open !== undefined) return { lane, segment: open };
      lane = readyLane(level);
    }
  }

  #enqueued({ dueAt }: Entry): void {
    if (dueAt === 0) this.wakers.wake();
    else this.#calendarAt = Number.NEGATIVE_INFINITY;
  }

  /** Looks for what is due; answers when to look again at the latest. */
  async #askCalendar(volumes: readonly (readonly [number, number])[]): Promise<number> {
    const { clock } = this.settings;
    const now = clock.monotonic();
    if (now - this.#calendarAt < CALENDAR_MS && now < this.#nextDueAt) return this.#nextDueAt;
    this.#calendarAt = now;
    const levels = [...new Set(volumes.map(([level]) => level))];
    const wall = clock.now();
    let nextAt = Number.POSITIVE_INFINITY;
    this.#due = await Promise.all(
      levels.map(async (level) => {
        const ofLevel = volumes.flatMap(([of, volume]) => (of === level ? [volume] : []));
        const due = await this.calendar.due(level, ofLevel, wall);
        nextAt = Math.min(nextAt, due.nextAt);
        return { level, buckets: due.buckets };
      }),
    );
    this.#nextDueAt = now + nextAt - wall;
    return this.#nextDueAt;
  }

  #claimsOf(name: string): Claims {
    let claims = this.#claims.get(name);
    if (!claims) {
      if (this.#claims.size >= MOST_LANES) this.#claims = new Map();
      claims = new Claims(this.lane(name), this.settings);
      this.#claims.set(name, claims);
    }
    return claims;
  }

  /** Closes the lane of a bucket that is over and empty, and forgets it. */
  async #tidy(level: number, bucket: number, claims: Claims): Promise<void> {
    const { spentBefore, lane } = claims;
    if (spentBefore === undefined) return;
    claims.spentBefore = undefined;
    if (!(await lane.close(spentBefore))) return;
    await this.calendar.clear(level, bucket);
    this.#claims.delete(lane.name);
    this.#lanes.delete(lane.name);
    this.#appenders.delete(lane.name);
  }
}
