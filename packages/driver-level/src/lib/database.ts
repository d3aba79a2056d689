import type { KvError } from '@grovekv/kv-core/driver';
import type { Allocate } from './allocate.js';
import { Deadlines } from './deadlines.js';
import { Group, type Read } from './group.js';
import { Job, type Work } from './job.js';
import { recordName } from './layout.js';
import { type Bytes, type LevelDatabase, readsAtOnce } from './level-database.js';
import { readError, timeoutError, writeError } from './level-errors.js';
import { VersionSource } from './versions.js';

/** How many keys one batch waits for at most: it bounds how long others wait, and its memory. */
const LARGEST_GROUP = 1_000;

/** Batches on their way together, if they have no key in common: the callers of one get on meanwhile. */
const MOST_FLIGHTS = 2;

/** Waits for its turn, which comes when nothing else is on its way. */
const NOTHING: Work<void> = {
  touches: () => true,
  loads: () => [],
  size: 0,
  sync: false,
  run: () => {},
};

const NO_JOBS: readonly Job[] = [];

/** Jobs whose batch is on its way, one time after the other. */
class Flight {
  jobs = NO_JOBS;
  sync = false;
  /** What they have decided, as soon as they have. */
  group: Group | undefined = undefined;
  readonly land: () => void;
  readonly fail: (error: unknown) => void;

  constructor(landed: (flight: Flight, failure: KvError | undefined) => void) {
    this.land = () => landed(this, undefined);
    this.fail = (error) => landed(this, writeError(error));
  }
}

/**
 * One open database and the one line in which everything that writes to it stands. What waits while a
 * batch is on its way is decided together and written as a next batch, at once if nothing in it depends
 * on what is on its way.
 */
export class Database {
  readonly level: LevelDatabase;
  readonly versions = new VersionSource();
  readonly #bytes: Bytes;
  readonly #readsAtOnce: boolean;
  readonly #allocate: Allocate;
  readonly #deadlines = new Deadlines();
  #waiting: Job[] = [];
  readonly #flights: readonly Flight[];
  #underway = 0;
  #advancing = false;

  /**
   * @param bytes `BYTES`, or `DEFAULTS` if the database was opened with them.
   * @param allocate Makes the arrays that the database is given.
   */
  constructor(level: LevelDatabase, bytes: Bytes, allocate: Allocate) {
    this.level = level;
    this.#bytes = bytes;
    this.#allocate = allocate;
    this.#readsAtOnce = readsAtOnce(level);
    this.#flights = Array.from({ length: MOST_FLIGHTS }, () => new Flight(this.#landed));
  }

  get isOpen(): boolean {
    return this.level.status === 'open';
  }

  /** The stored bytes of keys. A batch that is on its way is seen or not, an acknowledged one always. */
  read(
    keys: readonly string[],
    timeoutMs: number,
  ): (Uint8Array | undefined)[] | Promise<(Uint8Array | undefined)[]> {
    if (!this.#readsAtOnce) return this.within(timeoutMs, () => this.#getMany(keys));
    try {
      return keys.map(this.#getSync);
    } catch (error) {
      throw readError(error);
    }
  }

  /** Does the work in its turn, and answers once what it changed has been written. */
  submit<T>(work: Work<T>, timeoutMs: number): Promise<T> {
    const job = new Job(work, timeoutMs);
    // A list that begins with its first item is as long as it need be; most end with it.
    if (this.#waiting.length === 0) this.#waiting = [job as Job];
    else this.#waiting.push(job as Job);
    // A flush costs so much that all calls of this tick should share it.
    if (work.sync) Promise.resolve().then(this.#advance);
    else this.#advance();
    // What can be done while it is on its way is no time lost.
    if (!job.isOver) this.#deadlines.add(job);
    return job.promise;
  }

  /** Bounds something that only reads. */
  within<T>(timeoutMs: number, read: () => Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const expire = (): void => reject(timeoutError(timeoutMs, 'none'));
      const item = { deadline: performance.now() + timeoutMs, place: -1, expire };
      this.#deadlines.add(item);
      const end = (): void => this.#deadlines.delete(item);
      read()
        .then(resolve, (error) => reject(readError(error)))
        .finally(end);
    });
  }

  /** Resolves when everything that has been submitted until now is over. */
  idle(timeoutMs: number): Promise<void> {
    return this.submit(NOTHING, timeoutMs);
  }

  /** Sends what waits on its way, in its order, as far as that is possible. */
  #advance = (): void => {
    if (this.#advancing) return;
    this.#advancing = true;
    while (this.#waiting.length > 0 && this.#underway < MOST_FLIGHTS) {
      const count = this.#countOfNext();
      if (!this.#isFree(count)) break;
      const jobs = this.#take(count);
      if (jobs.length > 0) this.#launch(jobs);
    }
    this.#advancing = false;
  };

  /** Those of the next in line that still want an answer. */
  #take(count: number): readonly Job[] {
    const taken = this.#waiting;
    this.#waiting = count === taken.length ? [] : taken.splice(count);
    return taken.some(isOver) ? taken.filter((job) => !job.isOver) : taken;
  }

  /** How many jobs of the line go together. */
  #countOfNext(): number {
    let keys = 0;
    let count = 0;
    while (count < this.#waiting.length && keys < LARGEST_GROUP) {
      keys += Math.max(1, this.#waiting[count]!.work.size);
      count += 1;
    }
    return count;
  }

  /** Whether the first of the line can go beside what is on its way. */
  #isFree(count: number): boolean {
    if (this.#underway === 0) return true;
    const { group, sync } = this.#flights.find(isUnderway) as Flight;
    if (group === undefined || sync || !this.#readsAtOnce) return false;
    for (let index = 0; index < count; index += 1) {
      const { work, isOver } = this.#waiting[index]!;
      if (!isOver && (work.sync || work.touches(group))) return false;
    }
    return true;
  }

  #launch(jobs: readonly Job[]): void {
    const flight = this.#flights.find((one) => !isUnderway(one)) as Flight;
    flight.jobs = jobs;
    flight.sync = jobs.some(isSync);
    this.#underway += 1;
    if (!this.#readsAtOnce) {
      this.#load(jobs)
        .then((read) => this.#decideAndWrite(flight, read))
        .then(flight.land, flight.fail);
      return;
    }
    try {
      const written = this.#decideAndWrite(flight, this.#getSync);
      if (written === undefined) flight.land();
      else written.then(flight.land, flight.fail);
    } catch (error) {
      flight.fail(error);
    }
  }

  /** What a flight has written is there, or in doubt: its callers get to know, and others can go. */
  #landed = (flight: Flight, failure: KvError | undefined): void => {
    const { jobs } = flight;
    flight.jobs = NO_JOBS;
    flight.group = undefined;
    this.#underway -= 1;
    for (const job of jobs) {
      if (!this.#takeOff(job)) continue;
      if (failure === undefined) job.settle();
      else job.fail(failure);
    }
    this.#advance();
  };

  #decideAndWrite(flight: Flight, read: Read): Promise<void> | undefined {
    const group = new Group(read, this.#allocate);
    for (const job of flight.jobs) if (!job.isOver) job.run(group);
    flight.group = group;
    return group.isEmpty ? undefined : group.write(this.level, this.#bytes, flight.sync);
  }

  /** Takes a job off the watch; `false` if it has had its answer. */
  #takeOff(job: Job): boolean {
    this.#deadlines.delete(job);
    return !job.isOver;
  }

  #getSync = (key: string): Uint8Array | undefined =>
    this.level.getSync(recordName(key), this.#bytes);

  async #getMany(keys: readonly string[]): Promise<(Uint8Array | undefined)[]> {
    return await this.level.getMany(keys.map(recordName), this.#bytes);
  }

  /** Reads what the jobs may look at, in one request. */
  async #load(jobs: readonly Job[]): Promise<Read> {
    const keys = [...new Set(jobs.flatMap((job) => job.work.loads()))];
    const found = keys.length === 0 ? [] : await this.#getMany(keys).catch(refuse);
    const records = new Map(keys.map((key, index) => [key, found[index]]));
    return (key) => records.get(key);
  }
}

function isOver(job: Job): boolean {
  return job.isOver;
}

function isSync({ work }: Job): boolean {
  return work.sync;
}

function isUnderway({ jobs }: Flight): boolean {
  return jobs.length > 0;
}

function refuse(error: unknown): never {
  throw readError(error);
}
