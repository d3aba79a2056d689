import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Driver, Entry, KvError } from '@grovekv/kv-core/driver';
import { afterAll } from 'vitest';
import { type LevelDriver, type LevelDriverOptions, levelDriver } from '../src/index.js';
import { CALL, text } from './data.js';

export * from './data.js';

const TTL_CALL = { ...CALL, ttl: true };

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
