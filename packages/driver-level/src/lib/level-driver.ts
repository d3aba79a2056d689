import {
  type Check,
  type Clock,
  type DriverCall,
  type DriverTraits,
  type Entry,
  type KvError,
  type LocalMutation,
  type MaybePromise,
  type ScanPage,
  type ScanRequest,
  Sweeper,
  systemClock,
  type Write,
  type WriteResult,
} from '@grovekv/kv-core/driver';
import { attempt } from './apply-write.js';
import { checkOptions } from './check-options.js';
import type { Database } from './database.js';
import { inTime } from './in-time.js';
import { COMMIT, ItemsWork, type Keyed, type Kind, MUTATIONS, WRITES } from './items-work.js';
import { readsAtOnce } from './level-database.js';
import { closedError, timeoutError, unavailable } from './level-errors.js';
import type { LevelDriver, LevelDriverOptions } from './options.js';
import { parseRecord } from './record.js';
import { scanKeys } from './scan-keys.js';
import { HAS_FILES, type Lease, leaseInjected, leasePath } from './shared-databases.js';
import { sweepExpired } from './sweep-expired.js';

const SWEEP_INTERVAL_MS = 60_000;
const SWEEP_LIMIT = 1_000;
/** How long `close` waits for what is in flight. */
const CLOSE_MS = 5_000;

const TRAITS: DriverTraits = {
  name: 'level',
  ttlResolutionMs: 1,
  expiryClock: 'client',
  maxKeyBytes: 64 * 1024,
  maxValueBytes: 16 * 1024 * 1024,
  scan: 'ordered',
  commit: { maxOperations: 10_000, scope: 'any' },
  durability: 'durable',
  shared: false,
};

/**
 * A driver on LevelDB in Node, and on IndexedDB in a browser, through the `level` package. It opens the
 * database at the first call. One process, or one tab, can have it open at a time. Writes of concurrent
 * calls share a batch.
 *
 * @throws KvError `INVALID_ARGUMENT` if the options make no sense.
 */
export function levelDriver(options: LevelDriverOptions): LevelDriver {
  return new LevelStoreDriver(options);
}

class LevelStoreDriver implements LevelDriver {
  readonly contract = 1;
  readonly traits: DriverTraits;
  readonly clock?: Clock;
  readonly #options: LevelDriverOptions;
  readonly #time: Clock;
  readonly #sync: boolean;
  readonly #sweeper: Sweeper | undefined;
  readonly #sweepLimit: number;
  #database: Database | undefined;
  #connecting: Promise<Lease> | undefined;
  #closing: Promise<void> | undefined;

  constructor(options: LevelDriverOptions) {
    checkOptions(options);
    this.#options = options;
    const atOnce = options.db === undefined ? HAS_FILES : readsAtOnce(options.db);
    this.#sync = options.sync ?? false;
    // A flush costs so much that as many as can should share it.
    this.traits = atOnce ? { ...TRAITS, synchronous: ['get'], pipelined: !this.#sync } : TRAITS;
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
    call: DriverCall & { readonly ttl: boolean },
  ): MaybePromise<(Entry | undefined | KvError)[]> {
    const { timeoutMs } = call;
    const look = (database: Database): MaybePromise<(Entry | undefined | KvError)[]> => {
      const found = database.read(keys, timeoutMs);
      return Array.isArray(found)
        ? this.#entries(keys, found)
        : found.then((records) => this.#entries(keys, records));
    };
    const database = this.#opened();
    return database === undefined ? this.#open(call).then(look) : look(database);
  }

  #entries(
    keys: readonly string[],
    found: readonly (Uint8Array | undefined)[],
  ): (Entry | undefined | KvError)[] {
    const now = this.#time.now();
    return found.map((bytes, index) => {
      if (bytes === undefined) return undefined;
      return attempt(() => {
        const record = parseRecord(bytes, keys[index]!);
        return record.isLive(now) ? record.entry(now) : undefined;
      });
    });
  }

  write(writes: readonly Write[], call: DriverCall): Promise<(WriteResult | KvError)[]> {
    return this.#submit(WRITES, writes, call);
  }

  mutate(mutations: readonly LocalMutation[], call: DriverCall): Promise<(undefined | KvError)[]> {
    return this.#submit(MUTATIONS, mutations, call);
  }

  commit(checks: readonly Check[], writes: readonly Write[], call: DriverCall): Promise<boolean> {
    return this.#submit(COMMIT, [...checks, ...writes], call);
  }

  async scan(request: ScanRequest, call: DriverCall): Promise<ScanPage> {
    const database = this.#opened() ?? (await this.#open(call));
    const list = () => scanKeys(database.level, request, this.#time.now());
    return await database.within(call.timeoutMs, list);
  }

  async sweep(): Promise<number> {
    const database = this.#opened() ?? (await this.#open({ timeoutMs: CLOSE_MS }));
    return await sweepExpired(database, this.#sweepLimit, this.#time.now());
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#sweeper?.stop();
    const release = async (): Promise<void> => {
      const lease = await this.#connecting?.catch(() => undefined);
      await lease?.release();
    };
    await inTime(release(), CLOSE_MS, () => undefined);
  }

  #submit<Item extends Keyed, T>(
    kind: Kind<Item, T>,
    items: readonly Item[],
    call: DriverCall,
  ): Promise<T> {
    const submit = (database: Database): Promise<T> => {
      const work = new ItemsWork(kind, items, this.#sync, database.versions, this.#time);
      return database.submit(work, call.timeoutMs);
    };
    const database = this.#opened();
    return database === undefined ? this.#open(call).then(submit) : submit(database);
  }

  /** The database if it is open, which it is but for the first calls. */
  #opened(): Database | undefined {
    if (this.#closing !== undefined) throw closedError();
    return this.#database?.isOpen ? this.#database : undefined;
  }

  async #open({ timeoutMs }: DriverCall): Promise<Database> {
    this.#connecting ??= this.#connect();
    const late = (): never => {
      throw timeoutError(timeoutMs, 'none');
    };
    const { database } = await inTime(this.#connecting, timeoutMs, late);
    if (this.#closing !== undefined) throw closedError();
    if (!database.isOpen) throw unavailable('the level database has been closed', 'none');
    return database;
  }

  async #connect(): Promise<Lease> {
    const { db, path } = this.#options;
    try {
      const lease = await (db === undefined ? leasePath(path) : leaseInjected(db));
      this.#database = lease.database;
      if (this.#closing === undefined) this.#sweeper?.start();
      return lease;
    } catch (error) {
      // A later call tries again.
      this.#connecting = undefined;
      throw error;
    }
  }
}
