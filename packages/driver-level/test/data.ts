import type { Entry, PutWrite, WriteTtl } from '@grovekv/kv-core/driver';

export const CALL = { timeoutMs: 5_000 };

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
