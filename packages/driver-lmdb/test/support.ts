import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { type LmdbDriver, type LmdbDriverOptions, lmdbDriver } from '../src/index.js';

export * from '../../../tests/support/embedded-data.js';

const folders: string[] = [];
const drivers: LmdbDriver[] = [];

/** A new folder, removed after the tests of the file. */
export function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'grovekv-lmdb-'));
  folders.push(folder);
  return folder;
}

/** A driver on a new folder unless told otherwise, closed after the tests of the file. */
export function newDriver(options: Partial<LmdbDriverOptions> = {}): LmdbDriver {
  const driver = lmdbDriver({ path: newFolder(), ...options } as LmdbDriverOptions);
  drivers.push(driver);
  return driver;
}

afterAll(async () => {
  await Promise.all(drivers.map((driver) => driver.close()));
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});
