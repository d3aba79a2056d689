import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, realpathSync } from 'node:fs';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { isKvError, KvError } from '@grovekv/kv-core/driver';
import { open, type RootDatabase } from 'lmdb';
import { checkFile } from './check-file.js';
import { Environment, placesOf } from './environment.js';
import { openError } from './lmdb-errors.js';
import { Opening } from './opening.js';
import type { LmdbPathOptions } from './options.js';

/**
 * The environments of this process, in a place that the ESM and the CJS build share. Two environments
 * of one process on one file could wait for each other's transaction on the only thread there is.
 */
const REGISTRY = Symbol.for('grovekv.driver-lmdb.environments');
type Registry = Map<string, SharedEnvironment>;

function registry(): Registry {
  const place = globalThis as { [REGISTRY]?: Registry };
  place[REGISTRY] ??= new Map();
  return place[REGISTRY];
}

/** The one name of a database, whatever link or relative path leads to it. */
function identify(path: string): string {
  const full = resolve(path);
  if (extname(full) === '') {
    mkdirSync(full, { recursive: true });
    return realpathSync(full);
  }
  mkdirSync(dirname(full), { recursive: true });
  return join(realpathSync(dirname(full)), basename(full));
}

/** LMDB flushes what is in the file; that there is a file is written in the folders above it. */
function flushNames(folder: string): void {
  if (process.platform === 'win32') return;
  for (const place of [folder, dirname(folder)]) {
    const handle = openSync(place, 'r');
    fsyncSync(handle);
    closeSync(handle);
  }
}

/** An environment that the drivers of this process on one path share; the last to leave closes it. */
export class SharedEnvironment {
  readonly #path: string;
  readonly #options: LmdbPathOptions;
  #users = 0;
  #current: Environment | undefined;

  private constructor(path: string, options: LmdbPathOptions) {
    this.#path = path;
    this.#options = options;
  }

  static acquire(options: LmdbPathOptions): SharedEnvironment {
    try {
      const path = identify(options.path);
      const shared = registry().get(path) ?? new SharedEnvironment(path, options);
      shared.join(options);
      registry().set(path, shared);
      return shared;
    } catch (error) {
      throw isKvError(error) ? error : openError(error);
    }
  }

  /** One more driver; not private, because the registry may hold an instance of another build. */
  join(options: LmdbPathOptions): void {
    const mine = this.#options.durability ?? 'power-safe';
    if ((options.durability ?? 'power-safe') !== mine) {
      throw new KvError('INVALID_ARGUMENT', `this process has the database open as ${mine}`);
    }
    this.current();
    this.#users += 1;
  }

  /** The open environment: the first one, or a new one after a failure. */
  current(): Environment {
    if (!this.#current?.isOpen) {
      this.#current = this.#open();
    }
    return this.#current;
  }

  async release(): Promise<void> {
    this.#users -= 1;
    if (this.#users > 0) return;
    const idle = (await this.#current?.idle()) ?? true;
    if (this.#users > 0 || !idle || registry().get(this.#path) !== this) return;
    registry().delete(this.#path);
    await this.#current?.close();
  }

  #open(): Environment {
    checkFile(this.#path);
    const places = placesOf(this.#path);
    const isNew = !existsSync(places.lock);
    const environment = new Opening(places.opening).announce(
      !isNew,
      () => new Environment(this.#openRoot(), places, true),
    );
    if (isNew) flushNames(dirname(places.lock));
    return environment;
  }

  #openRoot(): RootDatabase {
    const { durability, mapSize, maxReaders } = this.#options;
    return open({
      path: this.#path,
      // lmdb's default lets commits overlap their flushing. A process that is killed meanwhile makes
      // the others fail with MDB_PANIC or write a damaged list of free pages: seen, see the README.
      overlappingSync: false,
      noSync: durability === 'crash-safe',
      ...(mapSize === undefined ? {} : { mapSize }),
      ...(maxReaders === undefined ? {} : { maxReaders }),
    });
  }
}
