import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cleanUpAfterThisProcess } from './guard.js';
import { startServices } from './services.js';

/** Gives the tests their servers, also when vitest is run by hand for a single file. */
export default async function setup(): Promise<() => Promise<void>> {
  // Tests of crashes cannot remove their temporary folders: all of them go with this one.
  const dir = mkdtempSync(join(tmpdir(), 'grovekv-run-'));
  cleanUpAfterThisProcess({ remove: dir });
  const services = await startServices();
  Object.assign(process.env, services.env, { TMPDIR: dir });
  return services.stop;
}
