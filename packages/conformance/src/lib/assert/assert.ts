import { isKvError, type KvError, type KvErrorCode } from '@grovekv/kv-core';

/** What a failed check throws. The suite has its own, so that it runs where `node:assert` does not. */
export class ConformanceError extends Error {
  override readonly name = 'ConformanceError';
}

export function fail(message: string): never {
  throw new ConformanceError(message);
}

export function ok(condition: unknown, message: string): asserts condition {
  if (!condition) fail(message);
}

/** The same by `Object.is`, so that 0 differs from -0; bytes, arrays and plain objects by content. */
export function equal(actual: unknown, expected: unknown, what: string): void {
  if (!same(actual, expected)) {
    fail(`${what}: expected ${show(expected)}, got ${show(actual)}`);
  }
}

/** The call must reject (or throw) with a `KvError` of one of `codes`; any `KvError` if none is named. */
export async function rejects(
  call: () => unknown,
  codes: KvErrorCode | readonly KvErrorCode[] | undefined,
  what: string,
): Promise<KvError> {
  const allowed = typeof codes === 'string' ? [codes] : codes;
  const wanted = allowed ? allowed.join(' or ') : 'a KvError';
  let value: unknown;
  try {
    value = await call();
  } catch (error) {
    if (!isKvError(error)) fail(`${what}: expected ${wanted}, got ${show(error)}`);
    if (allowed && !allowed.includes(error.code)) {
      fail(`${what}: expected ${wanted}, got ${error.code} (${error.message})`);
    }
    return error;
  }
  return fail(`${what}: expected ${wanted}, but it resolved with ${show(value)}`);
}

export function same(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (a instanceof Uint8Array || b instanceof Uint8Array) {
    return a instanceof Uint8Array && b instanceof Uint8Array && sameBytes(a, b);
  }
  if (Array.isArray(a) || Array.isArray(b)) {
    return Array.isArray(a) && Array.isArray(b) && sameLists(a, b);
  }
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length &&
    keys.every(
      (key) =>
        Object.hasOwn(b, key) &&
        same((a as Record<string, unknown>)[key], (b as Record<string, unknown>)[key]),
    )
  );
}

/** By index, so that a hole is the `undefined` that it reads as. */
function sameLists(a: readonly unknown[], b: readonly unknown[]): boolean {
  if (a.length !== b.length) return false;
  for (let index = 0; index < a.length; index += 1) if (!same(a[index], b[index])) return false;
  return true;
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.byteLength === b.byteLength && a.every((byte, index) => byte === b[index]);
}

const LONGEST_SHOWN = 120;

/** A value as text for a message, never throwing and never long. */
export function show(value: unknown): string {
  const text = describe(value);
  return text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN)}…` : text;
}

function describe(value: unknown): string {
  if (value instanceof Uint8Array) {
    const head = Array.from(value.subarray(0, 16), (byte) => byte.toString(16).padStart(2, '0'));
    return `${value.byteLength} bytes <${head.join(' ')}>`;
  }
  if (isKvError(value)) return `KvError ${value.code}: ${value.message}`;
  if (value instanceof Error) return `${value.name}: ${value.message}`;
  if (Object.is(value, -0)) return '-0';
  if (typeof value === 'bigint') return `${value}n`;
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return Object.prototype.toString.call(value);
  }
}
