import { KvError } from '@grovekv/kv-core';
import { type Codec, text } from '@grovekv/kv-core/codecs';
import type { LiveRecord, SessionRecord, UserRecord } from './session-record.js';

const { encode, decode } = text();
const NO_FIELDS = '{}';

/**
 * Sessions as text: a letter and the version of the format, what a session has besides its fields, then
 * lines of JSON, which holds no line feed: its user, its data, its flash values unless there are none.
 * Anything else that is found under their keys is `CORRUPT_VALUE`.
 */
export const sessionCodec: Codec<SessionRecord> = {
  name: 'session',
  encode(record) {
    switch (record.type) {
      case 'live':
        return encode(textOf(record));
      case 'moved':
        return encode(`P1 ${record.to}`);
      case 'dead':
        return encode(`D1 ${record.changes}`);
    }
  },
  decode(bytes) {
    const stored = decode(bytes);
    const kind = stored.slice(0, 3);
    if (kind === 'S1 ') return liveOf(stored, bytes);
    if (kind === 'P1 ' && stored.length > 3) return { type: 'moved', to: stored.slice(3) };
    if (kind === 'D1 ') return { type: 'dead', changes: stored.slice(3) };
    throw corrupt('session');
  },
};

/** Leaves bytes as they are. */
export const asStored: Codec<Uint8Array> = {
  name: 'bytes of a session',
  encode: (bytes) => bytes,
  decode: (bytes) => bytes,
};

/** The names of a user's sessions as text. */
export const userCodec: Codec<UserRecord> = {
  name: 'user of sessions',
  encode: ({ sessions, changes }) => encode(`U1 ${changes} ${sessions.join()}`),
  decode(bytes) {
    const [kind, changes, sessions, more] = decode(bytes).split(' ');
    if (kind !== 'U1' || changes === undefined || sessions === undefined || more !== undefined) {
      throw corrupt('user of sessions');
    }
    return { sessions: sessions === '' ? [] : sessions.split(','), changes };
  },
};

function textOf(record: LiveRecord): string {
  const { user, made, seen, ends = '', data, flash, changes, to = '', strict } = record;
  const head = `S1 ${made} ${seen} ${ends} ${changes} ${strict ? '!' : ''}${to}`;
  const name = user === undefined ? '' : JSON.stringify(user);
  return `${head}\n${name}\n${data}${flash === NO_FIELDS ? '' : `\n${flash}`}`;
}

/** By where its parts begin: to split it into lists would take longer than all the rest. */
function liveOf(stored: string, bytes: Uint8Array): LiveRecord {
  const seen = stored.indexOf(' ', 3) + 1;
  const ends = stored.indexOf(' ', seen) + 1;
  const changes = stored.indexOf(' ', ends) + 1;
  const to = stored.indexOf(' ', changes) + 1;
  const user = stored.indexOf('\n', to) + 1;
  const data = stored.indexOf('\n', user) + 1;
  const flash = stored.indexOf('\n', data) + 1;
  const inOrder = 4 < seen && seen + 1 < ends && ends < changes && changes < to && to < user;
  if (!inOrder || user >= data) throw corrupt('session');
  const record = {
    type: 'live' as const,
    user: user + 1 === data ? undefined : nameOf(stored.slice(user, data - 1)),
    made: stored.slice(3, seen - 1),
    seen: stored.slice(seen, ends - 1),
    ends: ends + 1 === changes ? undefined : numberOf(stored.slice(ends, changes - 1)),
    data: stored.slice(data, flash === 0 ? stored.length : flash - 1),
    flash: flash === 0 ? NO_FIELDS : stored.slice(flash),
    changes: stored.slice(changes, to - 1),
    to: undefined as string | undefined,
    strict: false,
    bytes,
  };
  if (to + 1 < user) {
    record.strict = stored[to] === '!';
    record.to = stored.slice(record.strict ? to + 1 : to, user - 1);
  }
  if (isObject(record.data) && isObject(record.flash)) return record;
  throw corrupt('session');
}

/** Whether it can be the text of an object. The rest shows when its fields are asked for. */
function isObject(json: string): boolean {
  return json.startsWith('{') && json.endsWith('}');
}

function numberOf(digits: string): number {
  const value = Number(digits);
  if (Number.isFinite(value)) return value;
  throw corrupt('session');
}

function nameOf(json: string): string {
  try {
    const name: unknown = JSON.parse(json);
    if (typeof name === 'string') return name;
  } catch {}
  throw corrupt('session');
}

function corrupt(what: string): KvError {
  return new KvError('CORRUPT_VALUE', `the stored bytes are no ${what}`);
}
