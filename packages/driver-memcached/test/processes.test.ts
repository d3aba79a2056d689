import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { createStore } from '@grovekv/kv-core';
import { expect, test } from 'vitest';
import { memcachedDriver } from '../src/index.js';
import { ownPrefix } from './support.js';

const servers = process.env.MEMCACHED_SERVERS as string;
const script = fileURLToPath(new URL('./increment-process.ts', import.meta.url));
const [processes, callers, each] = [4, 16, 500];

test(`${processes} processes × ${callers} callers × ${each} increments are exact`, async () => {
  const key = `${ownPrefix()}n`;
  const outputs = await Promise.all(
    Array.from({ length: processes }, () =>
      promisify(execFile)(
        process.execPath,
        ['--import', 'tsx', script, servers, key, `${callers}`, `${each}`],
        { maxBuffer: 64 * 1024 * 1024 },
      ),
    ),
  );
  const values = outputs.flatMap(({ stdout }) => JSON.parse(stdout) as number[]);
  const total = processes * callers * each;
  expect(values).toHaveLength(total);
  // Every value from 1 to the total, none twice.
  values.sort((a, b) => a - b);
  expect(values.findIndex((value, index) => value !== index + 1)).toBe(-1);
  const store = createStore({ driver: memcachedDriver({ servers }) });
  expect(await store.increment(key, 0)).toEqual({ value: total, applied: true });
  await store.close();
}, 120_000);
