import { KvError } from '../errors/kv-error.js';
import type { Codec } from './codec.js';
import { decodeText, encodeText } from './text-bytes.js';

const MOST_DEPTH = 100;

/**
 * JSON, strict: a value that would come back different is refused with `INVALID_VALUE` instead of being
 * changed. That is `undefined`, functions, symbols, BigInt, NaN, infinities, −0, sparse arrays, and
 * objects that are not plain (Date, Map, class instances). Nesting is limited to 100, in and out.
 */
export function json(): Codec<unknown> {
  return codec;
}

const codec: Codec<unknown> = {
  name: 'json',
  encode: (value) => encodeText(stringifyJson(value)),
  decode: (bytes) => parseJson(decodeText(bytes)),
};

/**
 * The text that {@link json} stores for a value, for codecs that put it into a record of their own. It is
 * on one line.
 *
 * @throws KvError `INVALID_VALUE` for what would come back different.
 */
export function stringifyJson(value: unknown): string {
  check(value, 0);
  return JSON.stringify(value);
}

/**
 * The value of such a text.
 *
 * @throws KvError `CORRUPT_VALUE` if it is not JSON, or nested deeper than 100.
 */
export function parseJson(text: string): unknown {
  if (text.length > MOST_DEPTH * 2 && hasManyBrackets(text)) checkDepth(text);
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new KvError('CORRUPT_VALUE', 'the stored bytes are not JSON', { cause });
  }
}

function check(value: unknown, depth: number): void {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return;
    case 'number':
      if (!Number.isFinite(value) || Object.is(value, -0)) {
        throw refused(value === 0 ? '-0' : String(value));
      }
      return;
    case 'object':
      if (value === null) return;
      if (depth >= MOST_DEPTH) throw refused(`nesting deeper than ${MOST_DEPTH}, or a cycle,`);
      if (Array.isArray(value)) checkArray(value, depth);
      else checkObject(value as Record<string, unknown>, depth);
      return;
    default:
      throw refused(typeof value);
  }
}

function checkArray(value: readonly unknown[], depth: number): void {
  if (Object.getPrototypeOf(value) !== Array.prototype) throw refused('an array of another class');
  if (Object.keys(value).length !== value.length) throw refused('a sparse or extended array');
  if (hasToJson(value)) throw refused('an array with toJSON');
  for (const item of value) check(item, depth + 1);
}

function checkObject(value: Record<string, unknown>, depth: number): void {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) {
    const name = (value.constructor as { name?: string } | undefined)?.name;
    throw refused(`an object of class ${name ?? 'unknown'}`);
  }
  if (hasToJson(value)) throw refused('an object with toJSON');
  if (Object.getOwnPropertySymbols(value).length > 0) throw refused('a symbol as property name');
  for (const key of Object.keys(value)) check(value[key], depth + 1);
}

/** Also where it is not enumerable: `JSON.stringify` would call it. */
function hasToJson(value: object): boolean {
  return typeof (value as { toJSON?: unknown }).toJSON === 'function';
}

function refused(what: string): KvError {
  return new KvError('INVALID_VALUE', `JSON cannot keep ${what} as it is`);
}

/** Whether there are so many brackets that some could be nested too deep; to find them costs little. */
function hasManyBrackets(text: string): boolean {
  let count = 0;
  for (const bracket of '[{') {
    for (let at = text.indexOf(bracket); at >= 0; at = text.indexOf(bracket, at + 1)) {
      count += 1;
      if (count > MOST_DEPTH) return true;
    }
  }
  return false;
}

function checkDepth(text: string): void {
  let depth = 0;
  let quoted = false;
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    if (quoted) {
      if (unit === 0x5c) index += 1;
      else if (unit === 0x22) quoted = false;
    } else if (unit === 0x22) {
      quoted = true;
    } else if (unit === 0x5b || unit === 0x7b) {
      depth += 1;
      if (depth > MOST_DEPTH) {
        throw new KvError('CORRUPT_VALUE', `the stored JSON is nested deeper than ${MOST_DEPTH}`);
      }
    } else if (unit === 0x5d || unit === 0x7d) {
      depth -= 1;
    }
  }
}
