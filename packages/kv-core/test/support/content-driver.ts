import type { Driver, Entry, Write, WriteResult } from '../../src/driver.js';
import { memoryDriver } from '../../src/memory.js';

/** A driver of which a version says nothing but what the bytes are; it tells what it was asked. */
export function contentDriver(): Driver & { readonly calls: ('get' | 'write')[] } {
  const calls: ('get' | 'write')[] = [];
  const stored = new Map<string, Uint8Array>();
  const versionOf = (value: Uint8Array): string => `v${value.join()}`;
  const entryOf = (key: string): Entry | undefined => {
    const value = stored.get(key);
    return value && { value, version: versionOf(value), ttlMs: undefined };
  };
  const write = (item: Write): WriteResult => {
    const { key, condition } = item;
    const entry = entryOf(key);
    const met =
      typeof condition === 'object'
        ? entry?.version === condition.version
        : condition === 'any' || (condition === 'absent') === (entry === undefined);
    if (!met) return { applied: false, current: { entry } };
    if (item.type !== 'put') return { applied: stored.delete(key) };
    stored.set(key, item.value);
    return { applied: true, version: versionOf(item.value) };
  };
  const { synchronous: _, ...traits } = memoryDriver().traits;
  return {
    contract: 1,
    traits,
    calls,
    versionOf,
    async get(keys) {
      calls.push('get');
      return keys.map(entryOf);
    },
    async write(writes) {
      calls.push('write');
      return writes.map(write);
    },
    async close() {},
  };
}
