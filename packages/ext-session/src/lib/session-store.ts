import { type CallOptions, KvError } from '@grovekv/kv-core';
import { SessionConflictError, SessionDestroyedError } from './errors.js';
import { fieldsOf, textOf } from './fields.js';
import { type Found, Journeys } from './journeys.js';
import {
  checkUser,
  type SessionBackend,
  type SessionOptions,
  type SessionSettings,
  sessionSettings,
} from './options.js';
import { LoadedSession, type Session } from './session.js';
import { hasIdLength, isSessionId, newSessionId, SessionNames } from './session-id.js';
import { isLive, type LiveRecord } from './session-record.js';
import { type Edit, SessionTable } from './session-table.js';
import { UserTable } from './user-table.js';

/** Options of {@link SessionStore.create}. */
export interface CreateOptions extends CallOptions {
  /** Who has logged in. */
  readonly user?: string | undefined;
}

/** Options of {@link SessionStore.regenerate}. */
export interface RegenerateOptions extends CallOptions {
  /** Who has logged in now; `null`: nobody any more. Default: whose it was. */
  readonly user?: string | null | undefined;
}

/** One of a user's sessions, as `list` tells it. */
export interface SessionInfo<T extends object> {
  /** Names it for `revoke`. It is a hash: it logs nobody in. */
  readonly handle: string;
  readonly createdAt: number;
  readonly seenAt: number;
  readonly endsAt: number | undefined;
  readonly data: T;
}

/** Sessions that stay destroyed, lose no field, and end together when their user says so. */
export interface SessionStore<T extends object> {
  /** A new session under a new id. Two writes for a user's, else one. */
  create(data: T, options?: CreateOptions): Promise<Session<T>>;
  /**
   * The session of this id, or `undefined`: for what is no id, unknown, destroyed, revoked or expired. One
   * round trip; two for the first look at a user's session in this process.
   */
  get(id: unknown, options?: CallOptions): Promise<Session<T> | undefined>;
  /**
   * Stores what has changed since it was loaded, field by field, and starts its time anew; others' changes
   * show in it then. Rejects with `SessionDestroyedError`, or `SessionConflictError` for a field that
   * somebody else has changed too; then nothing is changed. One or two round trips.
   */
  save(session: Session<T>, options?: CallOptions): Promise<void>;
  /** Starts its time anew without storing anything else. `false` if it is not there any more. */
  touch(session: Session<T>, options?: CallOptions): Promise<boolean>;
  /**
   * Changes the fields of a session at once, whatever others do: `change` gets a copy, changes it in place
   * and may run several times; what it returns is the answer. `undefined` if there is no such session.
   */
  update<R>(
    id: unknown,
    change: (data: T) => R,
    options?: CallOptions,
  ): Promise<{ readonly session: Session<T>; readonly result: R } | undefined>;
  /** Ends a session for good; nothing that is under way brings it back. Whether it was there. */
  destroy(session: Session<T> | string, options?: CallOptions): Promise<boolean>;
  /**
   * Moves it to a new id, with what has changed in `data`. Do so whenever somebody logs in: the old id then
   * is dead at once. Else it leads to the session for `graceMs`. Rejects as `save` does.
   */
  regenerate(session: Session<T>, options?: RegenerateOptions): Promise<Session<T>>;
  /** The user's sessions, the oldest first. Two round trips. */
  list(user: string, options?: CallOptions): Promise<SessionInfo<T>[]>;
  /** Ends one of a user's sessions by its handle. One write. */
  revoke(user: string, handle: string, options?: CallOptions): Promise<boolean>;
  /** Ends all of a user's sessions, or all others, in one write. Whether there was any. */
  revokeAll(
    user: string,
    options?: CallOptions & { readonly except?: Session<T> | undefined },
  ): Promise<boolean>;
}

/**
 * Makes a {@link SessionStore}. Nothing is stored before the first session is made.
 *
 * @throws KvError `INVALID_ARGUMENT` for options that cannot be right.
 */
export function createSessionStore<T extends object = Record<string, unknown>>(
  store: SessionBackend,
  options: SessionOptions,
): SessionStore<T> {
  return new Sessions<T>(store, options);
}

class Sessions<T extends object> implements SessionStore<T> {
  readonly #settings: SessionSettings;
  readonly #table: SessionTable;
  readonly #users: UserTable;
  readonly #journeys: Journeys;
  readonly #names = new SessionNames();

  constructor(store: SessionBackend, options: SessionOptions) {
    const { prefix = 'sess' } = options;
    this.#settings = sessionSettings(store, options);
    this.#table = new SessionTable(store, prefix, this.#settings);
    this.#users = new UserTable(store, prefix, this.#settings);
    this.#journeys = new Journeys(this.#table, this.#users, this.#settings);
  }

  async create(data: T, options: CreateOptions = {}): Promise<Session<T>> {
    const { user, ...call } = options;
    const now = this.#settings.clock.now();
    const { absoluteMs } = this.#settings;
    const record: LiveRecord = {
      type: 'live',
      user: user === undefined ? undefined : checkUser(user),
      made: `${now}`,
      seen: `${now}`,
      ends: absoluteMs === undefined ? undefined : now + absoluteMs,
      data: textOf(data),
      flash: '{}',
      changes: '',
      to: undefined,
      strict: false,
      bytes: undefined,
    };
    const id = newSessionId();
    const name = await this.#names.of(id);
    await this.#table.create(name, record, call);
    if (user !== undefined) await this.#journeys.enlist(user, name, call);
    return new LoadedSession<T>(id, name, record);
  }

  get(id: unknown, options?: CallOptions): Promise<Session<T> | undefined> {
    if (!hasIdLength(id)) return Promise.resolve(undefined);
    const make = (found: Found): Session<T> => new LoadedSession<T>(id, found.name, found.record);
    const known = this.#names.known(id);
    if (known !== undefined) return this.#journeys.find(known, make, options);
    if (!isSessionId(id)) return Promise.resolve(undefined);
    return Promise.resolve(this.#names.of(id)).then((name) =>
      this.#journeys.find(name, make, options),
    );
  }

  save(session: Session<T>, options?: CallOptions): Promise<void> {
    try {
      const loaded = ownOf(session);
      const base = loaded.record;
      const { data, flash } = loaded.edits();
      const edit: Edit = (draft, current) => {
        if (this.#settings.concurrency === 'reject' && current.changes !== base.changes) {
          throw new SessionConflictError([]);
        }
        draft.data = data.mergedInto(current.data);
        draft.flash = flash.mergedInto(current.flash);
      };
      const follow = ({ name, record }: Found): void => loaded.follow(name, record, data, flash);
      return this.#journeys.change(loaded.name, edit, base, follow, options);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  async touch(session: Session<T>, options?: CallOptions): Promise<boolean> {
    const { name, record } = ownOf(session);
    try {
      return await this.#journeys.change(name, nothing, record, () => true, options);
    } catch (error) {
      if (error instanceof SessionDestroyedError) return false;
      throw error;
    }
  }

  async update<R>(
    id: unknown,
    change: (data: T) => R,
    options?: CallOptions,
  ): Promise<{ readonly session: Session<T>; readonly result: R } | undefined> {
    const session = (await this.get(id, options)) as LoadedSession<T> | undefined;
    if (!session) return undefined;
    let result: R | undefined;
    try {
      return await this.#journeys.change(
        session.name,
        (draft, current) => {
          const fields = fieldsOf(current.data) as T;
          result = change(fields);
          draft.data = textOf(fields);
        },
        session.record,
        ({ name, record }) => ({
          session: new LoadedSession<T>(session.id, name, record),
          result: result as R,
        }),
        options,
      );
    } catch (error) {
      if (error instanceof SessionDestroyedError) return undefined;
      throw error;
    }
  }

  async destroy(session: Session<T> | string, options?: CallOptions): Promise<boolean> {
    if (typeof session !== 'string') return this.#journeys.end(ownOf(session).name, options);
    if (!isSessionId(session)) return false;
    return this.#journeys.end(await this.#names.of(session), options);
  }

  async regenerate(
    session: Session<T>,
    { user, ...call }: RegenerateOptions = {},
  ): Promise<Session<T>> {
    const loaded = ownOf(session);
    const { data, flash } = loaded.edits();
    const id = newSessionId();
    const name = await this.#names.of(id);
    const record = await this.#journeys.move(
      loaded.name,
      name,
      user === undefined ? undefined : user === null ? null : checkUser(user),
      (draft, current) => {
        draft.data = data.mergedInto(current.data);
        draft.flash = flash.mergedInto(current.flash);
      },
      call,
    );
    return new LoadedSession<T>(id, name, record);
  }

  async list(user: string, options?: CallOptions): Promise<SessionInfo<T>[]> {
    const names = await this.#users.sessions(checkUser(user), options);
    const records = await this.#table.readMany(names, options);
    const ended: string[] = [];
    const infos: SessionInfo<T>[] = [];
    names.forEach((handle, index) => {
      const record = records[index];
      if (isLive(record) && record.user === user) {
        const { made, seen, ends, data } = record;
        infos.push({
          handle,
          createdAt: Number(made),
          seenAt: Number(seen),
          endsAt: ends,
          data: fieldsOf(data) as T,
        });
      } else if (!isLive(record)) ended.push(handle);
    });
    if (ended.length > 0) await this.#users.remove(user, ended, options);
    return infos;
  }

  async revoke(user: string, handle: string, options?: CallOptions): Promise<boolean> {
    return this.#users.remove(checkUser(user), [handle], options);
  }

  async revokeAll(
    user: string,
    { except, ...call }: CallOptions & { readonly except?: Session<T> | undefined } = {},
  ): Promise<boolean> {
    const kept = except && ownOf(except).name;
    return this.#users.keepOnly(checkUser(user), kept, call);
  }
}

function nothing(): void {}

function ownOf<T extends object>(session: Session<T>): LoadedSession<T> {
  if (session instanceof LoadedSession) return session as LoadedSession<T>;
  throw new KvError('INVALID_ARGUMENT', 'that is no session of this store');
}
