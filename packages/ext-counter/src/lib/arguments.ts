import { KvError } from '@grovekv/kv-core';

/** When a time to live starts: at the addition that creates the counter, or again at each. */
export type TtlMode = 'create' | 'sliding';

/** The key of a counter. Each kind has its own prefix, so that no name reaches another kind's keys. */
export function keyOf(prefix: string, name: unknown): string {
  if (typeof name !== 'string' || name === '') {
    throw new KvError('INVALID_KEY', `the name of a counter is a string that is not empty`);
  }
  if (!name.isWellFormed()) {
    throw new KvError('INVALID_KEY', 'the name of a counter holds no lone surrogate');
  }
  return prefix + name;
}

/** A time to live in milliseconds, if one is given. */
export function checkTtl(ttlMs: number | undefined, key: string): number | undefined {
  if (ttlMs === undefined) return undefined;
  if (typeof ttlMs === 'number' && ttlMs > 0 && ttlMs <= Number.MAX_SAFE_INTEGER) {
    return Math.ceil(ttlMs);
  }
  throw invalid(`ttlMs is above 0 and up to 2^53 - 1, not ${describe(ttlMs)}`, key);
}

/** `create` unless the caller asks for `sliding`, which needs a time to live. */
export function checkTtlMode(
  mode: TtlMode | undefined,
  ttlMs: number | undefined,
  key: string,
): TtlMode {
  if (mode === undefined || mode === 'create') return 'create';
  if (mode !== 'sliding') throw invalid("ttl is 'create' or 'sliding'", key);
  if (ttlMs === undefined) throw invalid("ttl: 'sliding' needs a ttlMs", key);
  return mode;
}

/** An integer option within [`min`, `max`]. */
export function checkCount(value: unknown, name: string, min: number, max: number): number {
  if (Number.isSafeInteger(value) && (value as number) >= min && (value as number) <= max) {
    return value as number;
  }
  throw invalid(`${name} is an integer from ${min} to ${max}, not ${describe(value)}`);
}

/** The error for an argument that cannot be right. */
export function invalid(message: string, key?: string): KvError {
  return new KvError('INVALID_ARGUMENT', message, { key });
}

/** Names a refused value without echoing what may be long or secret. */
export function describe(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  return typeof value === 'number' ? String(value) : `a value of type ${typeof value}`;
}
