import type { WorkloadResult } from './report.js';
import { caseTable } from './report.js';
import { type Pace, runCase } from './run-case.js';
import { useBuiltPackages } from './use-built-packages.js';
import type { Workload } from './workload.js';

/** Runs a workload in this process. */
export async function runWorkload(name: string, pace: Pace): Promise<WorkloadResult> {
  useBuiltPackages();
  const { workload } = (await import(`../workloads/${name}.js`)) as { workload: Workload };
  const { cases, close } = await workload.open();
  try {
    const results = [];
    console.log(`\n## ${workload.title}`);
    for (const work of cases) {
      const result = await runCase(work, pace);
      console.log(`\n${caseTable(result)}`);
      results.push(result);
    }
    return { title: workload.title, about: workload.about, cases: results };
  } finally {
    await close();
  }
}
