import {
  type Check,
  type Clock,
  type DriverCall,
  type DriverTraits,
  type Entry,
  isKvError,
  KvError,
  type LocalMutation,
  type MaybePromise,
  type ScanPage,
  type ScanRequest,
  Sweeper,
  systemClock,
  type Write,
  type WriteResult,
} from '@grovekv/kv-core/driver';
import { applyMutation, applyWrite, holds, MAX_VALUE_BYTES, prepare } from './apply-write.js';
import { Environment, placesOf } from './environment.js';
import { keyError, MAX_KEY_BYTES } from './keys.js';
import { closedError, openError, unavailable } from './lmdb-errors.js';
import type {
  LmdbDatabaseOptions,
  LmdbDriver,
  LmdbDriverOptions,
  LmdbPathOptions,
} from './options.js';
import { foreignError, type RecordReader } from './record.js';
import { scanKeys } from './scan-keys.js';
import { SharedEnvironment } from './shared-environment.js';
import { hasExpired, sweepExpired } from './sweep-expired.js';
import { transact } from './transact.js';
import { VersionSource } from './versions.js';

const SWEEP_INTERVAL_MS = 60_000;
const SWEEP_LIMIT = 1_000;
const SWEEP_TIMEOUT_MS = 5_000;

const TRAITS: DriverTraits = {
  name: 'lmdb',
  ttlResolutionMs: 1,
  expiryClock: 'client',
  maxKeyBytes: MAX_KEY_BYTES,
  maxValueBytes: MAX_VALUE_BYTES,
  scan: 'ordered',
  commit: { maxOperations: 10_000, scope: 'any' },
  durability: 'durable',
  shared: true,
  synchronous: ['get'],
};

/**
 * A driver on LMDB, a database in the process, in one memory-mapped file. It opens the file at the first
 * call. Reads are answered at once, from memory, and see everything that any process has committed;
 * writes and functions of `update` run in transactions that concurrent calls share.
 *
 * @throws KvError `INVALID_ARGUMENT` if the options make no sense.
 */
export function lmdbDriver(options: LmdbDriverOptions): LmdbDriver {
  return new LmdbStoreDriver(options);
}

class LmdbStoreDriver implements LmdbDriver {
  readonly contract = 1;
  readonly traits = TRAITS;
  readonly clock?: Clock;
  readonly #options: LmdbDriverOptions;
  readonly #time: Clock;
  readonly #versions = new VersionSource();
  readonly #sweeper: Sweeper | undefined;
  readonly #sweepLimit: number;
  #shared: SharedEnvironment | undefined;
  #environment: Environment | undefined;
  #closing: Promise<void> | undefined;

  constructor(options: LmdbDriverOptions) {
    checkOptions(options);
    this.#options = options;
    if (options.clock !== undefined) this.clock = options.clock;
    this.#time = options.clock ?? systemClock;
    this.#sweepLimit = options.sweepLimit ?? SWEEP_LIMIT;
    const interval = options.sweepIntervalMs ?? SWEEP_INTERVAL_MS;
    if (interval !== false) {
      const run = async (): Promise<boolean> => (await this.sweep()) >= this.#sweepLimit;
      this.#sweeper = new Sweeper(run, interval, options.clock);
    }
  }

  get(
    keys: readonly string[],
    _call: DriverCall & { readonly ttl: boolean },
  ): MaybePromise<(Entry | undefined | KvError)[]> {
    const environment = this.#open();
    return environment.read(() => this.#look(environment.reading, keys));
  }

  #look(reading: RecordReader, keys: readonly string[]): (Entry | undefined | KvError)[] {
    // Most records never expire, and a look at the clock takes as long as a read.
    let now = 0;
    const entries = new Array<Entry | undefined | KvError>(keys.length);
    for (let index = 0; index < keys.length; index += 1) {
      const key = keys[index]!;
      const problem = keyError(key);
      if (problem !== undefined) {
        entries[index] = problem;
        continue;
      }
      const found = reading.load(key);
      if (found === true) {
        if (reading.expiresAt !== 0 && now === 0) now = this.#time.now();
        if (reading.isLive(now)) entries[index] = reading.entry(now);
      } else if (found !== false) {
        entries[index] = foreignError(key);
      }
    }
    return entries;
  }

  async write(writes: readonly Write[], call: DriverCall): Promise<(WriteResult | KvError)[]> {
    const environment = this.#open();
    const prepared = prepare(writes, this.#versions);
    return await transact(environment, call, () => {
      const now = this.#time.now();
      return prepared.map((item) =>
        item instanceof Error ? item : attempt(() => applyWrite(environment, item, now)),
      );
    });
  }

  async mutate(
    mutations: readonly LocalMutation[],
    call: DriverCall,
  ): Promise<(undefined | KvError)[]> {
    const environment = this.#open();
    return await transact(environment, call, () => {
      const now = this.#time.now();
      return mutations.map((mutation) =>
        attempt(() => applyMutation(environment, mutation, this.#versions, now)),
      );
    });
  }

  async commit(
    checks: readonly Check[],
    writes: readonly Write[],
    call: DriverCall,
  ): Promise<boolean> {
    const environment = this.#open();
    for (const { key } of checks) {
      const problem = keyError(key);
      if (problem !== undefined) throw problem;
    }
    const prepared = prepare(writes, this.#versions).map((item) => {
      if (isKvError(item)) throw item;
      return item;
    });
    return await transact(environment, call, () => {
      const now = this.#time.now();
      // All conditions before the first put: lmdb does not roll back.
      const all = [...checks, ...writes].every((item) => holds(environment, item, now));
      if (all) for (const item of prepared) applyWrite(environment, item, now);
      return all;
    });
  }

  scan(request: ScanRequest, _call: DriverCall): MaybePromise<ScanPage> {
    const environment = this.#open();
    return environment.read(() => scanKeys(environment, request, this.#time.now()));
  }

  async sweep(): Promise<number> {
    const environment = this.#open();
    const now = this.#time.now();
    if (!(await environment.read(() => hasExpired(environment, now)))) return 0;
    const limit = this.#sweepLimit;
    return await transact(environment, { timeoutMs: SWEEP_TIMEOUT_MS }, () =>
      sweepExpired(environment, limit, now),
    );
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#sweeper?.stop();
    const environment = this.#environment;
    await environment?.idle();
    if (this.#shared !== undefined) await this.#shared.release();
    else environment?.releaseRead();
  }

  #open(): Environment {
    if (this.#closing !== undefined) throw closedError();
    const environment = this.#environment;
    if (environment?.isOpen) return environment;
    if (environment !== undefined && this.#shared === undefined) {
      throw unavailable('the lmdb database that was injected has been closed', 'none');
    }
    this.#environment = this.#connect();
    if (environment === undefined) this.#sweeper?.start();
    return this.#environment;
  }

  #connect(): Environment {
    try {
      if (this.#options.database !== undefined) {
        const { database } = this.#options;
        const { path, noSubdir } = database as unknown as { path: string; noSubdir?: boolean };
        return new Environment(database, placesOf(path, noSubdir), false);
      }
      this.#shared ??= SharedEnvironment.acquire(this.#options);
      return this.#shared.current();
    } catch (error) {
      throw isKvError(error) ? error : openError(error);
    }
  }
}

/** The answer for one item: a failure stands in its place and leaves the others alone. */
function attempt<T>(run: () => T): T | KvError {
  try {
    return run();
  } catch (error) {
    if (isKvError(error)) return error;
    // lmdb has then spoilt the transaction: the commit fails, and that error replaces this one.
    return unavailable('lmdb could not write', 'unknown', error);
  }
}

function checkOptions(options: LmdbDriverOptions): void {
  const { path, database, durability, sweepIntervalMs, sweepLimit } = options as LmdbPathOptions &
    LmdbDatabaseOptions;
  const wrong =
    (path === undefined) === (database === undefined)
      ? 'give either path or database'
      : path !== undefined && (typeof path !== 'string' || path === '')
        ? 'path is a non-empty string'
        : ![undefined, 'power-safe', 'crash-safe'].includes(durability)
          ? 'durability is power-safe or crash-safe'
          : !(sweepIntervalMs === undefined || sweepIntervalMs === false || sweepIntervalMs > 0)
            ? 'sweepIntervalMs is positive or false'
            : sweepLimit !== undefined && !(Number.isSafeInteger(sweepLimit) && sweepLimit > 0)
              ? 'sweepLimit is a positive integer'
              : undefined;
  if (wrong !== undefined) throw new KvError('INVALID_ARGUMENT', `lmdbDriver: ${wrong}`);
}
