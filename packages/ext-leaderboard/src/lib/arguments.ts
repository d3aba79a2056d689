import { KvError } from '@grovekv/kv-core';

const MOST_MEMBER_BYTES = 1_024;
const encoder = new TextEncoder();

/** The name of a board. */
export function checkName(name: unknown): string {
  if (typeof name !== 'string' || name === '' || !name.isWellFormed()) {
    const text =
      'the name of a leaderboard is a string that is not empty and holds no lone surrogate';
    throw new KvError('INVALID_KEY', text);
  }
  return name;
}

/** A member: as a key, up to 1,024 bytes in UTF-8. */
export function checkMember(member: unknown): string {
  if (typeof member !== 'string' || member === '' || !member.isWellFormed()) {
    throw new KvError(
      'INVALID_KEY',
      'a member is a string that is not empty and holds no lone surrogate',
    );
  }
  // No character of a string takes more than three bytes.
  const mayBeLong = member.length * 3 > MOST_MEMBER_BYTES;
  if (mayBeLong && encoder.encode(member).length > MOST_MEMBER_BYTES) {
    throw new KvError('KEY_TOO_LARGE', `a member has up to ${MOST_MEMBER_BYTES} bytes in UTF-8`);
  }
  return member;
}

/** A finite number, −0 being 0. */
export function checkScore(score: unknown, name = 'a score'): number {
  if (typeof score === 'number' && Number.isFinite(score)) return score + 0;
  throw invalid(`${name} is a finite number, not ${describe(score)}`);
}

/** An integer within [`min`, `max`]. */
export function checkCount(value: unknown, name: string, min: number, max: number): number {
  if (Number.isSafeInteger(value) && (value as number) >= min && (value as number) <= max) {
    return value as number;
  }
  throw invalid(`${name} is an integer from ${min} to ${max}, not ${describe(value)}`);
}

/** One of several words. */
export function checkWord<W extends string>(value: unknown, words: readonly W[], name: string): W {
  if (words.includes(value as W)) return value as W;
  throw invalid(`${name} is ${words.map((word) => `'${word}'`).join(' or ')}`);
}

/** What a list holds. A string is none, though it can be iterated: its letters are not what is meant. */
export function checkList<T>(items: Iterable<T>, name: string): T[] {
  const isList =
    typeof items === 'object' && items !== null && typeof items[Symbol.iterator] === 'function';
  if (!isList) throw invalid(`${name} are a list, not ${describe(items)}`);
  return Array.from(items);
}

/** An object with what is asked for. */
export function checkObject<T>(value: T, name: string): T {
  if (typeof value === 'object' && value !== null) return value;
  throw invalid(`${name} is an object, not ${describe(value)}`);
}

/** A list of members, none twice. */
export function checkMembers(members: unknown): string[] {
  if (!Array.isArray(members)) throw invalid('members are given as an array');
  return [...new Set(members.map(checkMember))];
}

/** The error for an argument that cannot be right. */
export function invalid(message: string): KvError {
  return new KvError('INVALID_ARGUMENT', message);
}

/** Names a refused value without echoing what may be long or secret. */
function describe(value: unknown): string {
  if (value === null) return 'null';
  return typeof value === 'number' ? String(value) : `a value of type ${typeof value}`;
}
