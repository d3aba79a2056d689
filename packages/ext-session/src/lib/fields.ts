import { KvError } from '@grovekv/kv-core';
import { parseJson, stringifyJson } from '@grovekv/kv-core/codecs';
import { type Fields, isFields } from './session-record.js';

const MOST_DEPTH = 100;

/** The text of fields as they are now. Throws `INVALID_VALUE` for what JSON cannot keep as it is. */
export function textOf(fields: object): string {
  if (isFields(fields)) return stringifyJson(fields);
  throw new KvError('INVALID_VALUE', 'the data of a session is an object of fields');
}

/** The fields of a text: nobody else's, to be changed at will. */
export function fieldsOf(text: string): Record<string, unknown> {
  const fields = parseJson(text);
  if (isFields(fields)) return fields;
  throw new KvError('CORRUPT_VALUE', 'the stored bytes are no session');
}

/** Whether two JSON values are the same. */
export function isSame(one: unknown, other: unknown): boolean {
  if (Object.is(one, other)) return true;
  if (typeof one !== 'object' || typeof other !== 'object' || !one || !other) return false;
  if (Array.isArray(one) !== Array.isArray(other)) return false;
  const names = Object.keys(one);
  if (names.length !== Object.keys(other).length || !isPlain(one) || !isPlain(other)) return false;
  return names.every(
    (name) => Object.hasOwn(other, name) && isSame((one as Fields)[name], (other as Fields)[name]),
  );
}

/** Whether a field is the same in both, or in neither. */
export function isSameField(name: string, one: Fields, other: Fields): boolean {
  const there = Object.hasOwn(one, name);
  if (there !== Object.hasOwn(other, name)) return false;
  return !there || isSame(one[name], other[name]);
}

/** A copy whose arrays and plain objects are its own. What is no JSON stays, to be refused by the codec. */
export function copyOf<T>(value: T, depth = 0): T {
  if (typeof value !== 'object' || value === null || !isPlain(value)) return value;
  if (depth > MOST_DEPTH) {
    throw new KvError('INVALID_VALUE', `nesting deeper than ${MOST_DEPTH}, or a cycle`);
  }
  if (Array.isArray(value)) return Array.from(value, (item) => copyOf(item, depth + 1)) as T;
  const copy: Record<string, unknown> = {};
  for (const name of Object.keys(value)) {
    setField(copy, name, copyOf((value as Record<string, unknown>)[name], depth + 1));
  }
  return copy as T;
}

/** Assignment would take `__proto__` for something else. */
export function setField(fields: Record<string, unknown>, name: string, value: unknown): void {
  if (name !== '__proto__') {
    fields[name] = value;
    return;
  }
  Object.defineProperty(fields, name, {
    value,
    configurable: true,
    enumerable: true,
    writable: true,
  });
}

/** Whether it is an array or an object without a class. */
function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === Array.prototype || prototype === null;
}
