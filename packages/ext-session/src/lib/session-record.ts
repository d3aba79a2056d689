/** Fields by name. Names are ordinary data: `__proto__` too. */
export type Fields = Readonly<Record<string, unknown>>;

/**
 * A session as it is stored under the hash of its id. What need not be looked at stays the text that it is
 * stored as: most saves find what was loaded, and compare no more than that.
 */
export interface LiveRecord {
  readonly type: 'live';
  /** Who it belongs to: then it counts only while the user's record lists it. */
  readonly user: string | undefined;
  /** Milliseconds since 1970: when it was made, when it was last used, when it ends at the latest. */
  readonly made: string;
  readonly seen: string;
  readonly ends: number | undefined;
  /** The fields as JSON. */
  readonly data: string;
  readonly flash: string;
  /** The last writes, as a `Signature` names them: a change whose reply was lost finds itself there. */
  readonly changes: string;
  /** It moves to another name: nothing is changed here any more. */
  readonly to: string | undefined;
  /** Nobody is led to where it moves: whoever knows the old id is not who has logged in. */
  readonly strict: boolean;
  /** What it was read from or is stored as, if that is known: whoever finds the same need not read it. */
  readonly bytes: Uint8Array | undefined;
}

/** What is left of a session that moved, for those who still come by its old id. */
export interface PointerRecord {
  readonly type: 'moved';
  readonly to: string;
  readonly changes?: undefined;
}

/** What is left of a session that was destroyed, as long as anything could bring it back. */
export interface DeadRecord {
  readonly type: 'dead';
  readonly changes: string;
}

export type SessionRecord = LiveRecord | PointerRecord | DeadRecord;

/** What is stored for a user: which sessions count. */
export interface UserRecord {
  /** The names of the sessions, oldest first. */
  readonly sessions: readonly string[];
  readonly changes: string;
}

export function isLive(record: SessionRecord | undefined): record is LiveRecord {
  return record?.type === 'live';
}

/** Whether it is an object of fields. */
export function isFields(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
