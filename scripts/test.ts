// `npm test`: everything, from lint to the packed packages, against real servers.
import { mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { conformanceSummary, RESULTS_DIR } from './conformance/conformance-results.js';
import { cleanUpAfterThisProcess } from './services/guard.js';
import { type Services, startServices } from './services/services.js';
import { build, exitStatus, lint, runStages, type Stage, tool, typecheck } from './stages.js';
import { readTotals, totalsLine } from './test-totals.js';

const dir = mkdtempSync(join(tmpdir(), 'grovekv-test-'));
cleanUpAfterThisProcess({ remove: dir });
const report = join(dir, 'vitest.json');
const results = join(dir, 'conformance');
let running: Services | undefined;

const services: Stage = {
  name: 'start services',
  async run() {
    running = await startServices();
    for (const [name, value] of Object.entries(running.env)) {
      console.log(`${name}=${value}${running.given.includes(name) ? ' (given)' : ''}`);
    }
  },
};

const tests: Stage = {
  name: 'tests',
  async run() {
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
    mkdirSync(results);
    const env = { ...running?.env, [RESULTS_DIR]: results };
    await tool('vitest', ['run', ...reporters], env).finally(() => {
      console.log(`\n${conformanceSummary(results)}`);
    });
  },
};

const packages: Stage = {
  name: 'packages',
  run: () => tool('node', ['--import', 'tsx', 'scripts/packages/main.ts']),
};

const passed = await runStages([lint, typecheck, build, services, tests, packages]);
await running?.stop();
console.log(`\n${totalsLine(readTotals(report), passed)}`);
process.exit(exitStatus(passed));
