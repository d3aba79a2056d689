import { randomUUID } from 'node:crypto';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Driver, PutWrite, WriteResult } from '@grovekv/kv-core/driver';
import { isKvError, type KvError } from '@grovekv/kv-core/driver';

export const call = { timeoutMs: 5_000, ttl: false };

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

export async function readEntry(driver: Driver, key: string, ttl = false) {
  return one(await driver.get([key], { ...call, ttl }));
}

/** The stored text, or `undefined`. */
export async function read(driver: Driver, key: string): Promise<string | undefined> {
  const entry = await readEntry(driver, key);
  return entry && new TextDecoder().decode(entry.value);
}

/** The result of one write, its error thrown. */
export async function write(driver: Driver, it: Parameters<Driver['write']>[0][number]) {
  return one<WriteResult>(await driver.write([it], call));
}

/** The one result of a call on one item; its error is thrown. */
export function one<T>(results: readonly (T | KvError)[]): T {
  const [result] = results;
  if (isKvError(result)) throw result;
  return result as T;
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
