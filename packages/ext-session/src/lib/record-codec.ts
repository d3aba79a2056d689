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
        return encode(`D1 ${record.changes.join()}`);
    }
  },
  decode(bytes) {
    const stored = decode(bytes);
    const kind = stored.slice(0, 3);
    if (kind === 'S1 ') return liveOf(stored, bytes);
    if (kind === 'P1 ' && stored.length > 3) return { type: 'moved', to: stored.slice(3) };
    if (kind === 'D1 ') return { type: 'dead', changes: listOf(stored.slice(3)) };
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
  encode: ({ sessions, changes }) => encode(`U1 ${changes.join()} ${sessions.join()}`),
  decode(bytes) {
    const [kind, changes, sessions, more] = decode(bytes).split(' ');
    if (kind !== 'U1' || changes === undefined || sessions === undefined || more !== undefined) {
      throw corrupt('user of sessions');
    }
    return { sessions: listOf(sessions), changes: listOf(changes) };
  },
};

function textOf(record: LiveRecord): string {
  const { user, made, seen, ends = '', data, flash, changes, to = '', strict } = record;
  const head = `S1 ${made} ${seen} ${ends} ${changes.join()} ${strict ? '!' : ''}${to}`;
  const name = user === undefined ? '' : JSON.stringify(user);
  return `${head}\n${name}\n${data}${flash === NO_FIELDS ? '' : `\n${flash}`}`;
}

function liveOf(stored: string, bytes: Uint8Array): LiveRecord {
  const headEnd = stored.indexOf('\n');
  const userEnd = stored.indexOf('\n', headEnd + 1);
  const next = stored.indexOf('\n', userEnd + 1);
  const dataEnd = next < 0 ? stored.length : next;
  if (headEnd < 0 || userEnd < 0) throw corrupt('session');
  const [, made, seen, ends, changes, to] = stored.slice(0, headEnd).split(' ');
  const data = stored.slice(userEnd + 1, dataEnd);
  const flash = next < 0 ? NO_FIELDS : stored.slice(next + 1);
  if (changes === undefined || to === undefined || !isObject(data) || !isObject(flash)) {
    throw corrupt('session');
  }
  const strict = to.startsWith('!');
  const place = strict ? to.slice(1) : to;
  return {
    type: 'live',
    user: userEnd === headEnd + 1 ? undefined : nameOf(stored.slice(headEnd + 1, userEnd)),
    made: numberOf(made),
    seen: numberOf(seen),
    ends: ends === '' ? undefined : numberOf(ends),
    data,
    flash,
    changes: listOf(changes),
    to: place === '' ? undefined : place,
    strict,
    bytes,
  };
}

/** Whether it can be the text of an object. The rest shows when its fields are asked for. */
function isObject(json: string): boolean {
  return json.startsWith('{') && json.endsWith('}');
}

function listOf(joined: string): readonly string[] {
  return joined === '' ? [] : joined.split(',');
}

function numberOf(digits: string | undefined): number {
  const value = digits ? Number(digits) : Number.NaN;
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
