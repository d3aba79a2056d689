import { isKvError } from '@grovekv/kv-core';
import type {
  Condition,
  Driver,
  DriverCall,
  Entry,
  Increment,
  IncrementResult,
  MaybePromise,
  Write,
  WriteResult,
  WriteTtl,
} from '@grovekv/kv-core/driver';
import { fail, ok } from '../assert/assert.js';

const call: DriverCall = { timeoutMs: 10_000 };
const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

export function utf8(text: string): Uint8Array {
  return encoder.encode(text);
}

export function text(bytes: Uint8Array | undefined): string | undefined {
  return bytes && decoder.decode(bytes);
}

/** The answer to one item; an error in its place is thrown, a list of the wrong length fails. */
async function single<T>(answer: MaybePromise<T[]>): Promise<Exclude<T, Error>> {
  const list = await answer;
  ok(Array.isArray(list) && list.length === 1, 'a call with one item answers with one result');
  const [item] = list;
  if (isKvError(item)) throw item;
  return item as Exclude<T, Error>;
}

/** Reads one key. */
export function read(driver: Driver, key: string, ttl = false): Promise<Entry | undefined> {
  return later(() => single(driver.get([key], { ...call, ttl })));
}

/** The stored bytes as text. */
export async function readText(driver: Driver, key: string): Promise<string | undefined> {
  return text((await read(driver, key))?.value);
}

export function writeOne(driver: Driver, write: Write): Promise<WriteResult> {
  return later(() => single(driver.write([write], call)));
}

export function put(
  driver: Driver,
  key: string,
  value: string | Uint8Array,
  options: { readonly if?: Condition; readonly ttl?: WriteTtl } = {},
): Promise<WriteResult> {
  const { if: condition = 'any', ttl = 'none' } = options;
  const bytes = typeof value === 'string' ? utf8(value) : value;
  return writeOne(driver, { type: 'put', key, condition, value: bytes, ttl });
}

export function touch(
  driver: Driver,
  key: string,
  ttl: number | 'none',
  condition: Condition = 'any',
): Promise<WriteResult> {
  return writeOne(driver, { type: 'touch', key, condition, ttl });
}

export function remove(
  driver: Driver,
  key: string,
  condition: Condition = 'any',
): Promise<WriteResult> {
  return writeOne(driver, { type: 'delete', key, condition });
}

/** One native increment, unbounded unless told. */
export function add(
  driver: Driver,
  key: string,
  by: number,
  more: Partial<Increment> = {},
): Promise<IncrementResult> {
  const { MIN_SAFE_INTEGER: min, MAX_SAFE_INTEGER: max } = Number;
  const { increment } = driver;
  if (!increment) return fail('the driver has no increment');
  return later(() => single(increment.call(driver, [{ key, by, min, max, ...more }], call)));
}

/** The version of what is stored; fails if nothing is. */
export async function versionOf(driver: Driver, key: string): Promise<string> {
  const entry = await read(driver, key);
  if (!entry) return fail(`nothing is stored at ${key}`);
  return entry.version;
}

/** All keys under a prefix, page by page, in the order in which they came. */
export async function scanAll(driver: Driver, prefix: string, limit: number): Promise<string[]> {
  const { scan } = driver;
  if (!scan) return fail('the driver has no scan');
  const keys: string[] = [];
  let cursor: string | undefined;
  for (let pages = 0; pages < 100_000; pages += 1) {
    const request = { prefix, limit, ...(cursor === undefined ? {} : { cursor }) };
    const page = await scan.call(driver, request, call);
    keys.push(...page.keys);
    cursor = page.cursor;
    if (cursor === undefined) return keys;
  }
  return fail('a scan does not end');
}

/** A driver may throw at once; here that is a rejection like any other. */
async function later<T>(run: () => Promise<T>): Promise<T> {
  return run();
}
