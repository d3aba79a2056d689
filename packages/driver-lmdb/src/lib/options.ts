import type { Clock, Driver } from '@grovekv/kv-core/driver';
import type { RootDatabase } from 'lmdb';

/**
 * What an acknowledged write survives. Both survive the death of the process, `kill -9` included.
 *
 * - `power-safe` (default) also survives a loss of power or a crash of the kernel: every commit is
 *   flushed to the disk before it is acknowledged.
 * - `crash-safe` leaves flushing to the operating system. A loss of power can lose the last seconds and
 *   can damage the file.
 */
export type Durability = 'power-safe' | 'crash-safe';

interface CommonOptions {
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

/** Options of {@link lmdbDriver} that open a database. */
export interface LmdbPathOptions extends CommonOptions {
  /**
   * A folder, or a file if the path has an extension; created with its parents. Several processes, and
   * several drivers of one process, may use it at the same time.
   */
  readonly path: string;
  /** Default `power-safe`. Drivers of one process on one path must agree on it. */
  readonly durability?: Durability | undefined;
  /** Bytes of address space to map at the start. It grows by itself: set it to spare remapping. */
  readonly mapSize?: number | undefined;
  /** How many processes, and worker threads, can read at the same time. Default 126, two for each. */
  readonly maxReaders?: number | undefined;
  readonly database?: undefined;
}

/** Options of {@link lmdbDriver} that use a database which the caller has opened. */
export interface LmdbDatabaseOptions extends CommonOptions {
  /**
   * What `open` of lmdb returned: the root database. The driver opens two named databases in it and
   * never closes it. Open it with `overlappingSync: false`: with lmdb's default a process that is killed
   * can damage the file for the others.
   */
  readonly database: RootDatabase;
  readonly path?: undefined;
}

export type LmdbDriverOptions = LmdbPathOptions | LmdbDatabaseOptions;

/** The LMDB driver: all of {@link Driver} but `increment`, whose portable form runs inside `mutate`. */
export interface LmdbDriver extends Driver {
  /**
   * Removes expired keys now, at most `sweepLimit`, and answers how many. One transaction if there are
   * any, else one read.
   */
  sweep(): Promise<number>;
  mutate: NonNullable<Driver['mutate']>;
  commit: NonNullable<Driver['commit']>;
  scan: NonNullable<Driver['scan']>;
}
