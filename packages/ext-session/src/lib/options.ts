import { type Clock, KvError, type Store } from '@grovekv/kv-core';

/** What sessions need of a store: any `Store`, whatever its values. */
export type SessionBackend = Pick<Store, 'namespace' | 'clock'>;

/** Options of `createSessionStore`. */
export interface SessionOptions {
  /** A session ends so many milliseconds after it was last saved or touched. */
  readonly ttlMs: number;
  /** A session ends so many milliseconds after it was made at the latest. Default: it need not. */
  readonly absoluteMs?: number | undefined;
  /** So many sessions a user may have; with one more the oldest ends. Default 100. */
  readonly maxPerUser?: number | undefined;
  /**
   * For so many milliseconds after `regenerate` the old id still leads to the session, for requests that
   * were under way; never after a log-in. Default 10,000.
   */
  readonly graceMs?: number | undefined;
  /**
   * What `save` does about changes that others have saved since: `merge` keeps them and refuses only a
   * field that both have changed; `reject` refuses any. Default `merge`.
   */
  readonly concurrency?: 'merge' | 'reject' | undefined;
  /** Namespace of the keys. Default `sess`. */
  readonly prefix?: string | undefined;
  /** Default: the store's. */
  readonly clock?: Clock | undefined;
}

/** Options, checked and complete. */
export interface SessionSettings {
  readonly ttlMs: number;
  readonly absoluteMs: number | undefined;
  readonly maxPerUser: number;
  readonly graceMs: number;
  readonly concurrency: 'merge' | 'reject';
  readonly clock: Clock;
}

const LONGEST_MS = 2 ** 45;
const MOST_PER_USER = 1_000;
const MOST_USER_BYTES = 128;

/** Checks everything before anything is stored. Throws `INVALID_ARGUMENT`. */
export function sessionSettings(store: SessionBackend, options: SessionOptions): SessionSettings {
  const { absoluteMs, maxPerUser = 100, graceMs = 10_000, concurrency = 'merge' } = options;
  if (!Number.isSafeInteger(maxPerUser) || maxPerUser < 1 || maxPerUser > MOST_PER_USER) {
    throw invalid(`maxPerUser is a whole number from 1 to ${MOST_PER_USER}`);
  }
  if (concurrency !== 'merge' && concurrency !== 'reject') {
    throw invalid("concurrency is 'merge' or 'reject'");
  }
  return {
    ttlMs: span('ttlMs', options.ttlMs),
    absoluteMs: absoluteMs === undefined ? undefined : span('absoluteMs', absoluteMs),
    maxPerUser,
    graceMs: graceMs === 0 ? 0 : span('graceMs', graceMs),
    concurrency,
    clock: options.clock ?? store.clock,
  };
}

function span(what: string, ms: number): number {
  if (typeof ms === 'number' && ms > 0 && ms <= LONGEST_MS) return Math.ceil(ms);
  throw invalid(`${what} is a positive number of milliseconds`);
}

/**
 * A user's name: any well-formed string of up to 128 bytes in UTF-8, so that it fits into a key of every
 * driver. Throws `INVALID_ARGUMENT`.
 */
export function checkUser(user: string): string {
  if (typeof user !== 'string' || user === '' || !user.isWellFormed()) {
    throw invalid('a user is named by a well-formed string, not empty');
  }
  const long = user.length > MOST_USER_BYTES / 3 && bytesOf(user) > MOST_USER_BYTES;
  if (long) throw invalid(`the name of a user has at most ${MOST_USER_BYTES} bytes`);
  return user;
}

function bytesOf(text: string): number {
  return text.length > MOST_USER_BYTES ? text.length : new TextEncoder().encode(text).byteLength;
}

export function invalid(message: string): KvError {
  return new KvError('INVALID_ARGUMENT', message);
}
