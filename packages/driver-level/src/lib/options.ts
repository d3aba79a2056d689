import type { Clock, Driver } from '@grovekv/kv-core/driver';
import type { LevelDatabase } from './level-database.js';

interface CommonOptions {
  /**
   * Whether a write is flushed to the disk before it is acknowledged. Default `false`: an acknowledged
   * write survives the death of the process, `kill -9` included, but the last ones before a loss of power
   * or a crash of the kernel may be missing. IndexedDB takes no notice of it.
   */
  readonly sync?: boolean | undefined;
  /**
   * Milliseconds between two sweeps of expired keys, `false` for none. Default 60,000. The timer does
   * not keep the process alive. Expired keys are never returned, swept or not.
   */
  readonly sweepIntervalMs?: number | false | undefined;
  /** How many expired keys one sweep removes at most. Default 1,000. */
  readonly sweepLimit?: number | undefined;
  /** Tells the time by which keys expire, and runs the sweep. Default: the system's. */
  readonly clock?: Clock | undefined;
}

/** Options of {@link levelDriver} that open a database. */
export interface LevelPathOptions extends CommonOptions {
  /**
   * A folder, created with its parents; in a browser, the name of an IndexedDB database. Drivers of one
   * process on one path share one database; no other process can open it meanwhile.
   */
  readonly path: string;
  readonly db?: undefined;
}

/** Options of {@link levelDriver} that use a database which the caller has opened. */
export interface LevelDatabaseOptions extends CommonOptions {
  /**
   * Never closed by the driver. All drivers of the process on this object are atomic among each other;
   * what else writes to the driver's keys is not. It must order its keys by their bytes, as all but a
   * `MemoryLevel` with `storeEncoding: 'utf8'` do.
   */
  readonly db: LevelDatabase;
  readonly path?: undefined;
}

export type LevelDriverOptions = LevelPathOptions | LevelDatabaseOptions;

/** The Level driver: all of {@link Driver} but `increment`, whose portable form runs inside `mutate`. */
export interface LevelDriver extends Driver {
  /** Removes expired keys now, at most `sweepLimit`, and answers how many. One listing and one batch. */
  sweep(): Promise<number>;
  mutate: NonNullable<Driver['mutate']>;
  commit: NonNullable<Driver['commit']>;
  scan: NonNullable<Driver['scan']>;
}
