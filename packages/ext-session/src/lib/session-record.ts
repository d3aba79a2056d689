import { KvError } from '@grovekv/kv-core';
import { type Codec, json } from '@grovekv/kv-core/codecs';

/** Fields by name. Names are ordinary data: `__proto__` too. */
export type Fields = Readonly<Record<string, unknown>>;

/** A session as it is stored under the hash of its id. */
export interface LiveRecord {
  readonly v: 1;
  /** Who it belongs to: then it counts only while the user's record lists it. */
  readonly user?: string | undefined;
  /** Milliseconds since 1970: when it was made, when it was last used, when it ends at the latest. */
  readonly made: number;
  readonly seen: number;
  readonly ends?: number | undefined;
  readonly data: Fields;
  readonly flash: Fields;
  /** The names of the last writes, newest first: a change whose reply was lost finds itself by them. */
  readonly changes: readonly string[];
  /** It moves to another name: nothing is changed here any more. */
  readonly to?: string | undefined;
  /** Nobody is led to where it moves: whoever knows the old id is not who has logged in. */
  readonly strict?: true | undefined;
}

/** What is left of a session that moved, for those who still come by its old id. */
export interface PointerRecord {
  readonly v: 1;
  readonly to: string;
  readonly changes?: undefined;
}

/** What is left of a session that was destroyed, as long as anything could bring it back. */
export interface DeadRecord {
  readonly v: 1;
  readonly dead: true;
  readonly changes?: readonly string[] | undefined;
}

export type SessionRecord = LiveRecord | PointerRecord | DeadRecord;

/** What is stored for a user: which sessions count. */
export interface UserRecord {
  readonly v: 1;
  /** The names of the sessions, oldest first. */
  readonly sessions: readonly string[];
  readonly changes: readonly string[];
}

export function isLive(record: SessionRecord | undefined): record is LiveRecord {
  return record !== undefined && 'data' in record;
}

/** Sessions as JSON; anything else that is found under their keys is `CORRUPT_VALUE`. */
export const sessionCodec: Codec<SessionRecord> = checked('session', (value) => {
  if (value.dead === true) return value.changes === undefined || Array.isArray(value.changes);
  if (!('data' in value)) return typeof value.to === 'string';
  return (
    isFields(value.data) &&
    isFields(value.flash) &&
    Array.isArray(value.changes) &&
    typeof value.made === 'number' &&
    typeof value.seen === 'number'
  );
});

/** The same of users. */
export const userCodec: Codec<UserRecord> = checked(
  'user of sessions',
  (value) => Array.isArray(value.sessions) && Array.isArray(value.changes),
);

function checked<T>(name: string, test: (value: Record<string, unknown>) => boolean): Codec<T> {
  const inner = json();
  return {
    name,
    encode: (value) => inner.encode(value),
    decode(bytes) {
      const value = inner.decode(bytes);
      if (isFields(value) && value.v === 1 && test(value)) return value as T;
      throw new KvError('CORRUPT_VALUE', `the stored bytes are no ${name}`);
    },
  };
}

/** Whether it is an object of fields. */
export function isFields(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
