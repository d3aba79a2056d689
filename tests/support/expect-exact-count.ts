import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { createStore } from '@grovekv/kv-core';
import type { Driver } from '@grovekv/kv-core/driver';
import { expect } from 'vitest';
import type { Way } from './count-process.js';
import { ownPrefix } from './probe.js';

/** Several processes add to one counter: every value from 1 to the total is given, none twice. */
export async function expectExactCount(options: {
  /** A program that calls `countAndPrint`; it gets `address` before what that wants to know. */
  readonly script: URL;
  readonly address: string;
  /** In which way each of the processes counts. */
  readonly ways: readonly Way[];
  readonly callers: number;
  readonly each: number;
  readonly driver: Driver;
}): Promise<void> {
  const { script, address, ways, callers, each, driver } = options;
  const key = `${ownPrefix()}n`;
  const program = ['--import', 'tsx', fileURLToPath(script), address];
  const outputs = await Promise.all(
    ways.map((way) =>
      promisify(execFile)(process.execPath, [...program, way, key, `${callers}`, `${each}`], {
        maxBuffer: 64 * 1024 * 1024,
      }),
    ),
  );
  const values = outputs.flatMap(({ stdout }) => JSON.parse(stdout) as number[]);
  const total = ways.length * callers * each;
  expect(values).toHaveLength(total);
  values.sort((a, b) => a - b);
  expect(values.findIndex((value, index) => value !== index + 1)).toBe(-1);
  const store = createStore({ driver });
  const view = ways.includes('namespace') ? store.namespace('tenant') : store;
  expect(await view.increment(key, 0)).toEqual({ value: total, applied: true });
  await store.close();
}
