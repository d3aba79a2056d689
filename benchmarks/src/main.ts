import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { resultsText, type WorkloadResult, writeResults } from './lib/report.js';
import type { Pace } from './lib/run-case.js';
import { runWorkload } from './lib/run-workload.js';
import { WORKLOADS } from './workloads/index.js';

const { values } = parseArgs({
  options: {
    only: { type: 'string', multiple: true },
    rounds: { type: 'string', default: '12' },
    seconds: { type: 'string', default: '0.3' },
    /** Runs one workload in this very process, which is what a profiler needs. */
    here: { type: 'string' },
  },
});
const pace: Pace = { rounds: Number(values.rounds), ms: Number(values.seconds) * 1_000 };

if (values.here) {
  const result = await runWorkload(values.here, pace);
  process.send?.(result);
  process.disconnect?.();
} else {
  const names = values.only ?? WORKLOADS;
  const results: WorkloadResult[] = [];
  for (const name of names) results.push(await inProcessOfItsOwn(name));
  // A part is for looking at; the README holds a whole run.
  if (!values.only) {
    writeResults(new URL('../README.md', import.meta.url), resultsText(results, pace));
  }
}

/** What one workload makes of the heap and of the compiler's assumptions is not another's matter. */
function inProcessOfItsOwn(name: string): Promise<WorkloadResult> {
  const args = ['--here', name, '--rounds', values.rounds, '--seconds', values.seconds];
  // As JSON a ratio that is none would arrive as null.
  const child = fork(fileURLToPath(import.meta.url), args, { serialization: 'advanced' });
  return new Promise((resolve, reject) => {
    let result: WorkloadResult | undefined;
    child.on('message', (message) => {
      result = message as WorkloadResult;
    });
    child.on('error', reject);
    child.on('exit', (code) => {
      if (result) resolve(result);
      else reject(new Error(`the workload ${name} ended with ${code}`));
    });
  });
}
