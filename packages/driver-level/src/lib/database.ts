import { Deadlines } from './deadlines.js';
import { Group, type Read } from './group.js';
import { Job, type Work } from './job.js';
import { recordName } from './layout.js';
import { type Bytes, type LevelDatabase, readsAtOnce } from './level-database.js';
import { readError, timeoutError, writeError } from './level-errors.js';
import { VersionSource } from './versions.js';

/** How many keys one batch waits for at most: it bounds how long others wait, and its memory. */
const LARGEST_GROUP = 1_000;

/**
 * One open database and the one line in which everything that writes to it stands. What waits while a
 * batch is on its way is decided together and written as the next batch.
 */
export class Database {
  readonly level: LevelDatabase;
  readonly versions = new VersionSource();
  readonly #bytes: Bytes;
  readonly #readsAtOnce: boolean;
  readonly #deadlines = new Deadlines();
  #waiting: Job[] = [];
  #running: Promise<void> | undefined;

  /** `bytes` is `BYTES`, or `DEFAULTS` if the database was opened with them. */
  constructor(level: LevelDatabase, bytes: Bytes) {
    this.level = level;
    this.#bytes = bytes;
    this.#readsAtOnce = readsAtOnce(level);
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
    this.#deadlines.add(job);
    this.#waiting.push(job as Job);
    // The calls of this tick stand in the line before the first group is taken.
    this.#running ??= Promise.resolve().then(this.#run);
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
    return this.submit({ loads: () => [], size: 0, sync: false, run: () => {} }, timeoutMs);
  }

  #run = async (): Promise<void> => {
    while (this.#waiting.length > 0) {
      const jobs = this.#take();
      try {
        const read = this.#readsAtOnce ? this.#getSync : await this.#load(jobs);
        const written = this.#decideAndWrite(jobs, read);
        if (written !== undefined) await written;
        for (const job of jobs) if (this.#takeOff(job)) job.settle();
      } catch (error) {
        const failure = writeError(error);
        for (const job of jobs) if (this.#takeOff(job)) job.fail(failure);
      }
    }
    this.#running = undefined;
  };

  #take(): Job[] {
    let keys = 0;
    let count = 0;
    while (count < this.#waiting.length && keys < LARGEST_GROUP) {
      keys += Math.max(1, this.#waiting[count]!.work.size);
      count += 1;
    }
    return this.#waiting.splice(0, count).filter((job) => !job.isOver);
  }

  #decideAndWrite(jobs: readonly Job[], read: Read): Promise<void> | undefined {
    const group = new Group(read);
    let sync = false;
    for (const job of jobs) {
      if (job.isOver) continue;
      job.run(group);
      sync ||= job.work.sync;
    }
    return group.isEmpty ? undefined : group.write(this.level, this.#bytes, sync);
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

function refuse(error: unknown): never {
  throw readError(error);
}
