import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { createStore } from '@grovekv/kv-core';
import { expect, test } from 'vitest';
import { dynamodbDriver } from '../src/index.js';
import { ownPrefix, shared } from './support.js';

const script = fileURLToPath(new URL('./increment-process.ts', import.meta.url));
const [callers, each] = [16, 500];

/** In which way each of the processes counts. */
const runs = {
  native: ['native', 'native', 'native', 'native'],
  portable: ['portable', 'portable', 'portable', 'portable'],
  'in a namespace': ['namespace', 'namespace', 'namespace', 'namespace'],
  'native beside portable': ['native', 'portable', 'native', 'portable'],
};

for (const [name, ways] of Object.entries(runs)) {
  test(`${ways.length} processes × ${callers} callers × ${each} increments are exact: ${name}`, async () => {
    const key = `${ownPrefix()}n`;
    const { endpoint } = shared();
    const outputs = await Promise.all(
      ways.map((way) =>
        promisify(execFile)(
          process.execPath,
          ['--import', 'tsx', script, endpoint, way, key, `${callers}`, `${each}`],
          { maxBuffer: 64 * 1024 * 1024 },
        ),
      ),
    );
    const values = outputs.flatMap(({ stdout }) => JSON.parse(stdout) as number[]);
    const total = ways.length * callers * each;
    expect(values).toHaveLength(total);
    // Every value from 1 to the total, none twice.
    values.sort((a, b) => a - b);
    expect(values.findIndex((value, index) => value !== index + 1)).toBe(-1);
    const store = createStore({ driver: dynamodbDriver(shared()) });
    const view = ways.includes('namespace') ? store.namespace('tenant') : store;
    expect(await view.increment(key, 0)).toEqual({ value: total, applied: true });
    await store.close();
  }, 120_000);
}
