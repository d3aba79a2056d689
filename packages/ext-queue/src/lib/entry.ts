import { NO_UID, type Uid } from './uid.js';

/**
 * - `waiting` for its first delivery, its time, or the next attempt.
 * - `leased` to a worker.
 * - `leaving` for another lane: copied there first, then done here.
 * - `done`: acknowledged, purged or gone; kept so that calls made again recognise it.
 */
export type EntryState = 'waiting' | 'leased' | 'leaving' | 'done';

/** How long a failed job rests: `delayMs`, or twice as long after each attempt, up to `maxDelayMs`. */
export interface BackoffPlan {
  readonly doubling: boolean;
  readonly delayMs: number;
  readonly maxDelayMs: number;
}

/** A job in a segment. Its place there never changes. */
export interface Entry {
  readonly state: EntryState;
  /** Names it at this place: another one after each move. */
  readonly uid: Uid;
  /** Names the job. */
  readonly origin: Uid;
  /** Of the last delivery or move. */
  readonly token: Uid;
  readonly level: number;
  readonly attempts: number;
  readonly maxAttempts: number;
  readonly backoff: BackoffPlan;
  /**
   * Milliseconds, when the record was written, until the lease or the move is over, or until a waiting
   * job may be delivered.
   */
  readonly leftMs: number;
  /** The wall clock's moment before which a delayed job is not delivered; 0 for none. */
  readonly dueAt: number;
  /** The wall clock of who enqueued it. */
  readonly enqueuedAt: number;
  /** The id that it was given, or empty. */
  readonly id: string;
  /** Its dedupe key, or empty. */
  readonly dedupe: string;
  /** Why it failed last, or empty. */
  readonly reason: string;
  /** Where it leaves for: a lane, and the segment there, −1 if not yet chosen. */
  readonly target: Target | undefined;
  readonly payload: Uint8Array;
}

/** Where a job is to be: a lane, a segment of it, and its name there. */
export interface Target {
  readonly lane: string;
  readonly segment: number;
  readonly uid: Uid;
}

const NOTHING = new Uint8Array();

/** The entry as it stays behind when the job is done here. */
export function doneEntry(entry: Entry): Entry {
  return { ...entry, state: 'done', leftMs: 0, reason: '', target: undefined, payload: NOTHING };
}

/** The rest after attempt number `attempts` failed, in milliseconds. */
export function restAfter(
  { doubling, delayMs, maxDelayMs }: BackoffPlan,
  attempts: number,
): number {
  if (!doubling) return Math.min(delayMs, maxDelayMs);
  return Math.min(maxDelayMs, delayMs * 2 ** Math.min(50, Math.max(0, attempts - 1)));
}

/**
 * The entry `ageMs` after the record was written. A lease that has run out in the meantime has been
 * lost: the attempt counts, and the job rests as after any other failure.
 */
export function agedEntry(entry: Entry, ageMs: number): Entry {
  const { leftMs, state } = entry;
  if (state === 'leased') {
    const left = leftMs - ageMs;
    if (left > 0) return ageMs > 0 ? { ...entry, leftMs: left } : entry;
    const rest = Math.max(0, left + restAfter(entry.backoff, entry.attempts));
    return {
      ...entry,
      state: 'waiting',
      token: NO_UID,
      leftMs: rest,
      reason: 'the lease ran out',
    };
  }
  if (leftMs === 0 || ageMs <= 0) return entry;
  return { ...entry, leftMs: Math.max(0, leftMs - ageMs) };
}
