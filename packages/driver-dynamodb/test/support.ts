import { randomUUID } from 'node:crypto';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Driver, Entry, PutWrite, WriteResult } from '@grovekv/kv-core/driver';
import { isKvError, type KvError } from '@grovekv/kv-core/driver';

export const call = { timeoutMs: 5_000, ttl: false };

/** The bounds of an increment that has none. */
export const unbounded = { min: Number.MIN_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER };

/** One table for all tests; each has keys of its own. */
export const table = 'grove-tests';

/** What the SDK wants to know before it talks to any endpoint; a real one takes it from the environment. */
export const account = {
  region: process.env.AWS_REGION ?? 'local',
  ...(!process.env.AWS_ACCESS_KEY_ID && {
    options: { credentials: { accessKeyId: 'local', secretAccessKey: 'local' } },
  }),
};

/** Options of a driver for a test's table, created if need be. */
export function at(endpoint: string) {
  return { table, endpoint, createTable: true, ...account };
}

export function shared() {
  return at(process.env.DYNAMODB_ENDPOINT as string);
}

/** A client without our driver around it. */
export function rawClient(endpoint = process.env.DYNAMODB_ENDPOINT as string): DynamoDBClient {
  const { region, options } = account;
  return new DynamoDBClient({ region, endpoint, ...options });
}

/** Keys of a test are its own on a shared server. */
export function ownPrefix(): string {
  return `test:${randomUUID()}:`;
}

export function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

export function put(key: string, text: string, more: Partial<PutWrite> = {}): PutWrite {
  return { type: 'put', key, condition: 'any', value: bytes(text), ttl: 'none', ...more };
}

/** The stored text, or `undefined`. */
export async function read(driver: Driver, key: string): Promise<string | undefined> {
  const entry = await readEntry(driver, key);
  return entry && new TextDecoder().decode(entry.value);
}

export async function readEntry(driver: Driver, key: string, ttl = false) {
  const [entry] = await driver.get([key], { ...call, ttl });
  if (isKvError(entry)) throw entry;
  return entry;
}

/** The one result of a call on one item; its error is thrown. */
export function one<T>(results: readonly (T | KvError)[]): T {
  const [result] = results;
  if (isKvError(result)) throw result;
  return result as T;
}

export function currentOf(result: WriteResult): { entry: Entry | undefined } | undefined {
  return result.applied ? undefined : result.current;
}

/** What a call of one item ends with: its result, or the error it rejects with or carries. */
export async function outcome<T>(
  results: Promise<readonly T[]> | readonly T[],
): Promise<T | KvError> {
  try {
    return (await results)[0] as T;
  } catch (error) {
    if (!isKvError(error)) throw error;
    return error;
  }
}

const lag = monitorEventLoopDelay({ resolution: 5 });
lag.enable();

/** How long after its timeout a call may settle: 100 ms, and what this process was kept waiting itself. */
export function grace(): number {
  return 100 + lag.max / 1e6;
}
