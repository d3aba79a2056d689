import { Level } from 'level';
import { allocateAlone, allocateInSlab } from './allocate.js';
import { Database } from './database.js';
import { identifyFolder } from './identify.js';
import { BYTES, DEFAULTS, type LevelDatabase } from './level-database.js';
import { openError, unavailable } from './level-errors.js';
import { lockTab } from './tab-lock.js';

/** Whether `Level` is here the one that keeps files, which can be repaired, not the one of browsers. */
export const HAS_FILES = 'repair' in Level;
/** How long a driver that leaves waits for what is in flight. */
const IDLE_MS = 5_000;

/** A database that a driver uses, until it lets go. */
export interface Lease {
  readonly database: Database;
  release(): Promise<void>;
}

/** A database that the drivers of this process on one path share; the last to leave closes it. */
interface Shared {
  users: number;
  readonly opening: Promise<Opened>;
  closing: Promise<void> | undefined;
}

interface Opened {
  readonly database: Database;
  close(): Promise<void>;
}

/**
 * The databases of this process, in a place that the ESM and the CJS build share. Opening one a second
 * time fails, and the failure lets go of LevelDB's lock on the file: another process could then open it,
 * and acknowledged writes would be lost. So nothing is opened twice.
 */
interface Registry {
  readonly byPath: Map<string, Shared>;
  readonly injected: WeakMap<LevelDatabase, Database>;
}

const REGISTRY = Symbol.for('grovekv.driver-level.databases');

function registry(): Registry {
  const place = globalThis as { [REGISTRY]?: Registry };
  place[REGISTRY] ??= { byPath: new Map(), injected: new WeakMap() };
  return place[REGISTRY];
}

/** Opens the database at a path, or joins those who have it open. */
export async function leasePath(path: string): Promise<Lease> {
  try {
    const name = HAS_FILES ? await identifyFolder(path) : path;
    const { byPath } = registry();
    let shared = byPath.get(name);
    while (shared?.closing !== undefined) {
      await shared.closing;
      shared = byPath.get(name);
    }
    shared ??= { users: 0, opening: open(name), closing: undefined };
    byPath.set(name, shared);
    return await join(name, shared);
  } catch (error) {
    throw openError(error, path);
  }
}

async function join(name: string, shared: Shared): Promise<Lease> {
  const { byPath } = registry();
  shared.users += 1;
  try {
    const { database, close } = await shared.opening;
    const release = async (): Promise<void> => {
      await waitFor(database);
      shared.users -= 1;
      if (shared.users > 0) return;
      shared.closing = close().then(
        () => void byPath.delete(name),
        (error: unknown) => {
          // It is open still, and must not be opened a second time.
          shared.closing = undefined;
          throw unavailable('level could not close the database', 'none', error);
        },
      );
      await shared.closing;
    };
    return { database, release };
  } catch (error) {
    shared.users -= 1;
    if (byPath.get(name) === shared) byPath.delete(name);
    throw error;
  }
}

async function open(name: string): Promise<Opened> {
  const unlock = HAS_FILES ? () => {} : await lockTab(name);
  const level = new Level<string, Uint8Array>(name, BYTES);
  try {
    await level.open();
  } catch (error) {
    unlock();
    throw error;
  }
  const database = new Database(level, DEFAULTS, HAS_FILES ? allocateInSlab : allocateAlone);
  const close = async (): Promise<void> => {
    await level.close();
    unlock();
  };
  return { database, close };
}

/** The one line for an injected database, whoever uses it. */
export async function leaseInjected(level: LevelDatabase): Promise<Lease> {
  try {
    if (level.status === 'opening') await level.open();
  } catch (error) {
    throw openError(error, 'that was injected');
  }
  if (level.status !== 'open') {
    throw unavailable('the level database that was injected has been closed', 'none');
  }
  const { injected } = registry();
  const database = injected.get(level) ?? new Database(level, BYTES, allocateAlone);
  injected.set(level, database);
  return { database, release: () => waitFor(database) };
}

function waitFor(database: Database): Promise<void> {
  // What is late then has had its answer.
  return database.idle(IDLE_MS).catch(() => {});
}
