/*
 * Where things are, in the way of sublevels, so that a database can hold other things beside ours:
 * `!grovekv!<key>` is a record, `!grovekv-expiry!<when><key>` says that a record may expire then.
 */
const RECORDS = '!grovekv!';
const EXPIRY = '!grovekv-expiry!';
const TIME_DIGITS = 16;
const LAST_CODE_POINT = 0x10ffff;

export function recordName(key: string): string {
  return RECORDS + key;
}

export function keyOfRecord(name: string): string {
  return name.slice(RECORDS.length);
}

/** The names of the records whose keys begin with `prefix` and come after `cursor`. */
export function recordRange(prefix: string, cursor: string | undefined) {
  const start = RECORDS + prefix;
  const lt = afterAll(start);
  return cursor === undefined ? { gte: start, lt } : { gt: RECORDS + cursor, lt };
}

/** The first string after all that begin with `prefix`, by code points. */
function afterAll(prefix: string): string {
  const points = Array.from(prefix, (character) => character.codePointAt(0) as number);
  while (points.at(-1) === LAST_CODE_POINT) points.pop();
  const last = points.pop() as number;
  // Surrogates are no characters, and cannot be encoded.
  const next = last + 1 === 0xd800 ? 0xe000 : last + 1;
  return String.fromCodePoint(...points, next);
}

export function rowName(expiresAt: number, key: string): string {
  return EXPIRY + time(expiresAt) + key;
}

export function readRow(name: string): { readonly expiresAt: number; readonly key: string } {
  const key = EXPIRY.length + TIME_DIGITS;
  return { expiresAt: Number(name.slice(EXPIRY.length, key)), key: name.slice(key) };
}

/** The names of the rows that are due. */
export function dueRange(now: number) {
  return { gte: EXPIRY, lt: EXPIRY + time(Math.floor(now) + 1) };
}

function time(ms: number): string {
  return String(Math.max(0, ms)).padStart(TIME_DIGITS, '0');
}
