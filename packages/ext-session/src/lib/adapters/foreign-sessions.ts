import { KvError, type Store } from '@grovekv/kv-core';
import { SessionConflictError } from '../errors.js';
import { editsOf, merged } from '../merge.js';
import type { SessionBackend } from '../options.js';
import { SessionNames } from '../session-id.js';
import { type Fields, isFields } from '../session-record.js';

/** Options of the adapters. */
export interface AdapterOptions {
  /** A session ends so many milliseconds after it was last stored or touched, unless its cookie says. */
  readonly ttlMs: number;
  /** Namespace of the keys. Default: the name of the framework. */
  readonly prefix?: string | undefined;
}

/**
 * Sessions of a framework that makes the ids and the data itself: stored under the hash of the id, merged
 * field by field with what others have stored since they were loaded, and never brought back.
 */
export class ForeignSessions {
  readonly #store: Store<Fields>;
  readonly #names = new SessionNames();
  readonly #ttlMs: number;

  constructor(store: SessionBackend, prefix: string, { ttlMs }: AdapterOptions) {
    if (!(ttlMs > 0) || ttlMs > 2 ** 45) {
      throw new KvError('INVALID_ARGUMENT', 'ttlMs is a positive number of milliseconds');
    }
    this.#store = store.namespace(prefix) as Store<Fields>;
    this.#ttlMs = ttlMs;
  }

  /** The fields, which the caller may change. */
  async load(id: string): Promise<Record<string, unknown> | undefined> {
    const found = await this.#store.get<Fields>(await this.#names.of(id));
    if (found === undefined || isFields(found)) return found;
    throw new KvError('CORRUPT_VALUE', 'the stored bytes are no session');
  }

  /**
   * Stores a session. `base` is what was loaded, `undefined` for a new one. Of the fields in `own` the last
   * one stored counts. `false`, and nothing is stored, if the session has ended since. Throws
   * `SessionConflictError` for a field that somebody else has changed too.
   */
  async store(
    id: string,
    next: Fields,
    base: Fields | undefined,
    { ttlMs = this.#ttlMs, own = [] }: { ttlMs?: number; own?: readonly string[] } = {},
  ): Promise<boolean> {
    return this.#store.update<Fields, boolean>(await this.#names.of(id), (found) => {
      if (base === undefined) {
        // Nobody else can have made this id, but for this very call, whose reply was lost.
        if (found !== undefined && editsOf(found, next).changed.length > 0) {
          throw new SessionConflictError([]);
        }
        return { put: next, ttlMs, result: true };
      }
      if (found === undefined) return { keep: true, result: false };
      const edits = editsOf(base, next);
      const mine = edits.changed.filter((name) => !own.includes(name));
      const theirs = merged(found, { ...edits, changed: mine });
      const put = Object.fromEntries([
        ...Object.entries(theirs),
        ...Object.entries(next).filter(([name]) => own.includes(name)),
      ]);
      return { put, ttlMs, result: true };
    });
  }

  /** Replaces a session that is there; never makes one. */
  async replace(id: string, next: Fields, ttlMs = this.#ttlMs): Promise<boolean> {
    return this.#store.set(await this.#names.of(id), next, { ttlMs, if: 'present' });
  }

  /** Starts its time anew; never makes one. */
  async touch(id: string, ttlMs = this.#ttlMs): Promise<boolean> {
    return this.#store.expire(await this.#names.of(id), ttlMs);
  }

  async destroy(id: string): Promise<void> {
    await this.#store.delete(await this.#names.of(id));
  }
}
