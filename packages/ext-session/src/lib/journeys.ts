import type { CallOptions } from '@grovekv/kv-core';
import { SessionDestroyedError } from './errors.js';
import type { SessionSettings } from './options.js';
import {
  isLive,
  type LiveRecord,
  type PointerRecord,
  type SessionRecord,
} from './session-record.js';
import type { Changed, Edit, SessionTable } from './session-table.js';
import { Signature } from './signature.js';
import type { UserTable } from './user-table.js';

/** A session, and the name under which it is now. */
export interface Found {
  readonly name: string;
  readonly record: LiveRecord;
}

type Reading = SessionRecord | Promise<SessionRecord | undefined>;

/** Makes a change under a name. */
type ChangeAt = (at: string) => Promise<Changed>;

/** A session that moves oftener than this while it is looked for is given up. */
const MOST_MOVES = 8;
const MOST_KNOWN = 10_000;

/**
 * Everything that takes more than one record: sessions that count only if their user's record lists them,
 * and sessions that move from one name to another.
 */
export class Journeys {
  readonly #table: SessionTable;
  readonly #users: UserTable;
  readonly #settings: SessionSettings;
  /** Whose sessions they were when last seen: a guess at what to read beside them. */
  #known = new Map<string, string>();

  constructor(table: SessionTable, users: UserTable, settings: SessionSettings) {
    this.#table = table;
    this.#users = users;
    this.#settings = settings;
  }

  /** What `make` makes of the session under a name, or where it has moved to, if it counts. */
  find<R>(name: string, make: (found: Found) => R, options?: CallOptions): Promise<R | undefined> {
    const guess = this.#known.get(name);
    const reading = this.#table.read(name, options);
    const search = async (from: Reading): Promise<R | undefined> => {
      const found = await this.#findFrom(name, from, guess, options);
      return found && make(found);
    };
    if (guess !== undefined) return search(reading);
    return reading.then((record) => {
      if (record === undefined) return undefined;
      if (!isPlain(record)) return search(record);
      return this.#table.current(record) && make({ name, record });
    });
  }

  async #findFrom(
    name: string,
    reading: Reading,
    whose: string | undefined,
    options?: CallOptions,
  ): Promise<Found | undefined> {
    let at = name;
    let guess = whose;
    let next = reading;
    for (let move = 0; move < MOST_MOVES; move += 1) {
      const listing = guess === undefined ? undefined : this.#users.sessions(guess, options);
      // Awaited below, unless the session is not there.
      listing?.catch(() => undefined);
      const record = this.#table.current(await next);
      if (record === undefined || record.type === 'dead') return undefined;
      const to = await this.#onward(at, record, options);
      if (to === undefined) {
        if (!isLive(record) || record.strict) return undefined;
        const { user } = record;
        if (user === undefined) return { name: at, record };
        this.#know(at, user);
        const listed = await (listing && guess === user
          ? listing
          : this.#users.sessions(user, options));
        return listed.includes(at) ? { name: at, record } : undefined;
      }
      at = to;
      guess = this.#known.get(at);
      next = this.#table.read(at, options);
    }
    return undefined;
  }

  /**
   * Changes a session, where it is now, if it counts, and answers with what `make` makes of it. Rejects
   * with `SessionDestroyedError` if there is none. `known` is what the caller has seen of it.
   */
  change<R>(
    name: string,
    edit: Edit,
    known: LiveRecord | undefined,
    make: (found: Found) => R,
    options?: CallOptions,
  ): Promise<R> {
    const signature = new Signature();
    const follow = (first: Changed | undefined): Promise<R> => {
      const change: ChangeAt = (at) =>
        this.#table.change(at, signature, edit, known, asIs<Changed>, options);
      return this.#changeFrom(name, change, first, options).then(make);
    };
    if (this.#known.has(name)) return follow(undefined);
    const answer = (changed: Changed): R | Promise<R> =>
      changed.type === 'done' && changed.record.user === undefined
        ? make({ name, record: changed.record })
        : follow(changed);
    return this.#table.change(name, signature, edit, known, answer, options);
  }

  /** `first` is what has become of the change under the name itself, if that is known. */
  async #changeFrom(
    name: string,
    change: ChangeAt,
    first: Changed | undefined,
    options?: CallOptions,
  ): Promise<Found> {
    let at = name;
    let known = first;
    for (let move = 0; move < MOST_MOVES; move += 1) {
      const guess = known ? undefined : this.#known.get(at);
      // What is revoked may be changed all the same: it does not count any more.
      const [changed, listed] = await Promise.all([
        known ?? change(at),
        guess === undefined ? undefined : this.#users.sessions(guess, options),
      ]);
      known = undefined;
      if (changed.type === 'done') {
        const { record } = changed;
        const { user } = record;
        if (user === undefined) return { name: at, record };
        this.#know(at, user);
        const list = listed && guess === user ? listed : await this.#users.sessions(user, options);
        if (list.includes(at)) return { name: at, record };
        break;
      }
      const to = await this.#followed(at, changed, options);
      if (to === undefined) break;
      at = to;
    }
    throw new SessionDestroyedError();
  }

  /** Lists a session of a user. Of too many, those end that are over, then the oldest. */
  async enlist(user: string, name: string, options?: CallOptions): Promise<void> {
    const full = await this.#users.add(user, name, undefined, options);
    if (!full) return;
    const records = await this.#table.readMany(full, options);
    // What is listed has been stored before, so what is not there now never comes back.
    const over = full.filter((_, index) => !counts(records[index]));
    await this.#users.add(user, name, over, options);
  }

  /** Ends a session, where it is now. Whether there was one. */
  async end(name: string, options?: CallOptions): Promise<boolean> {
    let at = name;
    for (let move = 0; move < MOST_MOVES; move += 1) {
      const buried = await this.#table.bury(at, options);
      if (buried.type === 'done') {
        const { user } = buried.record;
        if (user === undefined) return true;
        return this.#users.remove(user, [at], options);
      }
      const to = await this.#followed(at, buried, options);
      if (to === undefined) return false;
      at = to;
    }
    return false;
  }

  /**
   * Moves a session from its name to `next`, changed by `edit`, for the same user (`undefined`) or another.
   * It is sealed first, so that nothing can be saved that would not move; whoever finds it sealed for the
   * same user finishes the move, so one that is broken off loses nothing.
   */
  async move(
    name: string,
    next: string,
    user: string | null | undefined,
    edit: Edit,
    options?: CallOptions,
  ): Promise<LiveRecord> {
    const { absoluteMs, clock, graceMs } = this.#settings;
    const strict = user !== undefined || graceMs === 0;
    const { name: at, record: sealed } = await this.change(
      name,
      (draft, current, now) => {
        edit(draft, current, now);
        draft.to = next;
        draft.strict = strict;
      },
      undefined,
      asIs<Found>,
      options,
    );
    // Somebody else has brought it to its end, while it was in doubt whether it had begun.
    if (at === next) return sealed;
    if (!strict) {
      const moved = await this.#finish(at, sealed, options);
      if (!moved) throw new SessionDestroyedError();
      return moved;
    }
    const now = clock.now();
    const { user: before } = sealed;
    const after = user === undefined ? before : (user ?? undefined);
    const login = user !== undefined;
    const record: LiveRecord = {
      ...sealed,
      user: after,
      made: login ? `${now}` : sealed.made,
      ends: login && absoluteMs !== undefined ? now + absoluteMs : sealed.ends,
      to: undefined,
      strict: false,
      bytes: undefined,
    };
    await this.#table.create(next, record, options);
    if (after !== undefined && after === before) {
      if (!(await this.#users.replace(after, at, next, options))) throw new SessionDestroyedError();
    } else {
      if (after !== undefined) await this.enlist(after, next, options);
      if (before !== undefined) await this.#users.remove(before, [at], options);
    }
    await this.#table.leave(at, undefined, options);
    return record;
  }

  /** Where a session that is not here has moved to. */
  async #followed(
    name: string,
    changed: Exclude<Changed, { type: 'done' }>,
    options?: CallOptions,
  ): Promise<string | undefined> {
    if (changed.type === 'gone') return undefined;
    if (changed.sealed && !(await this.#finish(name, changed.sealed, options))) return undefined;
    return changed.to;
  }

  async #onward(
    name: string,
    record: LiveRecord | PointerRecord,
    options?: CallOptions,
  ): Promise<string | undefined> {
    if (record.to === undefined || (isLive(record) && record.strict)) return undefined;
    const sealed = isLive(record) ? record : undefined;
    return this.#followed(name, { type: 'moved', to: record.to, sealed }, options);
  }

  /** Brings a sealed session to its new name. `undefined` if it does not count any more. */
  async #finish(
    name: string,
    sealed: LiveRecord,
    options?: CallOptions,
  ): Promise<LiveRecord | undefined> {
    const next = sealed.to as string;
    const record: LiveRecord = { ...sealed, to: undefined, bytes: undefined };
    // A tombstone in its place says that it has arrived, and ended.
    await this.#table.create(next, record, options);
    if (record.user !== undefined) {
      if (!(await this.#users.replace(record.user, name, next, options))) return undefined;
    }
    await this.#table.leave(name, next, options);
    return record;
  }

  #know(name: string, user: string): void {
    if (this.#known.size >= MOST_KNOWN) this.#known = new Map();
    this.#known.set(name, user);
  }
}

function asIs<T>(value: T): T {
  return value;
}

/** Whether it is here, and nobody's: nothing else decides whether it counts. */
function isPlain(record: SessionRecord): record is LiveRecord {
  return isLive(record) && record.user === undefined && record.to === undefined;
}

/** Whether a session is there, if it is listed. */
function counts(record: SessionRecord | undefined): boolean {
  return isLive(record) && !record.strict;
}
