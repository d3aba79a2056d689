import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { type LevelDriver, type LevelDriverOptions, levelDriver } from '../src/index.js';

export * from '../../../tests/support/embedded-data.js';

const folders: string[] = [];
const drivers: LevelDriver[] = [];

/** A new folder, removed after the tests of the file. */
export function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'grovekv-level-'));
  folders.push(folder);
  return folder;
}

/** A driver on a new folder unless told otherwise, closed after the tests of the file. */
export function newDriver(options: Partial<LevelDriverOptions> = {}): LevelDriver {
  const place = options.db === undefined ? { path: newFolder() } : {};
  const driver = levelDriver({ ...place, ...options } as LevelDriverOptions);
  drivers.push(driver);
  return driver;
}

afterAll(async () => {
  await Promise.all(drivers.map((driver) => driver.close()));
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});
