import type { Driver, Entry, KvError, PutWrite, WriteTtl } from '@grovekv/kv-core/driver';

export const CALL = { timeoutMs: 5_000 };

const TTL_CALL = { ...CALL, ttl: true };

export function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

export function text(entry: Entry | undefined): string | undefined {
  return entry && new TextDecoder().decode(entry.value);
}

export function put(key: string, value: string | Uint8Array, ttl: WriteTtl = 'none'): PutWrite {
  const stored = typeof value === 'string' ? bytes(value) : value;
  return { type: 'put', key, condition: 'any', value: stored, ttl };
}

/** The entry of a key, or what stands in its place. */
export async function read(driver: Driver, key: string): Promise<Entry | undefined> {
  const [answer] = await driver.get([key], TTL_CALL);
  if (answer instanceof Error) throw answer;
  return answer;
}

export async function readText(driver: Driver, key: string): Promise<string | undefined> {
  return text(await read(driver, key));
}

/** What reading a key fails with. */
export async function readError(driver: Driver, key: string): Promise<KvError> {
  return (await driver.get([key], TTL_CALL))[0] as KvError;
}
