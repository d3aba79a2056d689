import { createStore } from '@grovekv/kv-core';
import { json } from '@grovekv/kv-core/codecs';
import { memoryDriver } from '@grovekv/kv-core/memory';
import { createCache } from 'cache-manager';
import Keyv from 'keyv';
import { createStorage } from 'unstorage';
import { getSetCases, type KeyValueContender } from '../lib/get-set.js';
import type { Workload } from '../lib/workload.js';

const contenders: KeyValueContender[] = [
  {
    name: 'Grove KV, memory driver',
    role: 'ours',
    open: () => createStore({ driver: memoryDriver() }),
  },
  {
    name: 'Map of JSON text',
    role: 'raw',
    open() {
      const map = new Map<string, string>();
      return {
        get: async (key) => JSON.parse(map.get(key) ?? 'null'),
        set: async (key, value) => void map.set(key, JSON.stringify(value)),
      };
    },
  },
  {
    name: 'Map of the objects themselves',
    role: 'raw',
    open() {
      const map = new Map<string, unknown>();
      return {
        get: async (key) => map.get(key),
        set: async (key, value) => void map.set(key, value),
      };
    },
  },
  {
    name: 'our json codec alone',
    role: 'codec',
    open() {
      const { encode, decode } = json();
      let bytes = encode(null);
      return {
        get: () => decode(bytes),
        set: (_, value) => {
          // The first is the one that every get decodes.
          const encoded = encode(value);
          if (bytes.length < 10) bytes = encoded;
        },
      };
    },
  },
  { name: 'keyv', role: 'peer', open: () => new Keyv() },
  { name: 'cache-manager', role: 'peer', open: () => createCache() },
  {
    name: 'unstorage',
    role: 'peer',
    open() {
      const storage = createStorage();
      return {
        get: (key) => storage.getItem(key),
        set: (key, value) => storage.setItem(key, value as object),
      };
    },
  },
];

export const workload: Workload = {
  title: 'Get and set in memory',
  about:
    'A JSON value of 100 bytes. A Map of the objects hands out the very object that was stored; all others keep a copy. Ratios are to a Map of JSON text; `keyv` and `cache-manager` keep the object or its text by their defaults.',
  async open() {
    const cases = getSetCases(contenders, (_, callers) =>
      callers === 64 ? [{ measure: 'µs beyond codec', atMost: 1 }] : [],
    );
    return { cases, close: async () => {} };
  },
};
