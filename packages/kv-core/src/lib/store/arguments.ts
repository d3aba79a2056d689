import type { Condition, WriteTtl } from '../driver/driver.js';
import { KvError } from '../errors/kv-error.js';

/** Refuses what cannot be a key. The length is the driver's matter. */
export function checkKey(key: unknown): asserts key is string {
  if (typeof key !== 'string') {
    throw new KvError('INVALID_KEY', `a key is a string, not ${describe(key)}`);
  }
  if (key === '') throw new KvError('INVALID_KEY', 'a key is not empty');
  if (!key.isWellFormed()) {
    throw new KvError('INVALID_KEY', 'a key holds no lone surrogate: UTF-8 cannot hold it');
  }
}

/** A time to live in whole milliseconds, rounded up. */
export function checkTtl(ttlMs: unknown, key?: string): number {
  if (typeof ttlMs !== 'number' || !(ttlMs > 0) || !(ttlMs <= Number.MAX_SAFE_INTEGER)) {
    throw new KvError(
      'INVALID_ARGUMENT',
      `a ttl is a number of milliseconds above 0 and up to 2^53 - 1, not ${describe(ttlMs)}`,
      { key },
    );
  }
  return Math.ceil(ttlMs);
}

/** A ttl of a write: milliseconds, `none` or `keep`. */
export function checkWriteTtl(ttl: unknown, key: string): WriteTtl {
  return ttl === 'none' || ttl === 'keep' ? ttl : checkTtl(ttl, key);
}

/** A condition as the caller gave it; `any` if there is none. */
export function checkCondition(condition: Condition | undefined, key: string): Condition {
  if (condition === undefined) return 'any';
  if (condition === 'any' || condition === 'absent' || condition === 'present') return condition;
  if (typeof condition === 'object' && condition !== null) {
    const { version } = condition;
    if (typeof version === 'string' && version !== '') return { version };
  }
  throw new KvError(
    'INVALID_ARGUMENT',
    "a condition is 'any', 'absent', 'present' or { version } of an entry",
    { key },
  );
}

/** A safe integer. */
export function checkInteger(value: unknown, name: string, key: string): number {
  if (!Number.isSafeInteger(value)) {
    const text = `${name} is a safe integer, not ${describe(value)}`;
    throw new KvError('INVALID_ARGUMENT', text, { key });
  }
  return value as number;
}

function describe(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  return typeof value === 'number' ? String(value) : `a value of type ${typeof value}`;
}
