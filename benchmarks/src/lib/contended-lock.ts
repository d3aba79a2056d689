import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { CallersSample } from './callers.js';
import type { ContendedJob } from './contended-lock-process.js';
import { jain } from './statistics.js';
import type { Prepared } from './workload.js';

/** Callers in several processes on one lock. */
export async function contendedLock(processes: number, job: ContendedJob): Promise<Prepared> {
  const script = fileURLToPath(new URL('./contended-lock-process.ts', import.meta.url));
  const children = Array.from({ length: processes }, () => fork(script));
  await Promise.all(children.map((child) => ask(child, job)));
  return {
    async run(ms) {
      const samples = await Promise.all(children.map((child) => ask<CallersSample>(child, { ms })));
      const turns = samples.flatMap((sample) => sample.turns);
      return {
        operations: turns.reduce((sum, count) => sum + count, 0),
        seconds: Math.max(...samples.map(({ seconds }) => seconds)),
        cpuMicros: samples.reduce((sum, { cpuMicros }) => sum + cpuMicros, 0),
        fairness: jain(turns),
      };
    },
    async close() {
      await Promise.all(
        children.map(async (child) => {
          const exit = once(child, 'exit');
          child.disconnect();
          await exit;
        }),
      );
    },
  };
}

function ask<Answer>(child: ChildProcess, question: object): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const ended = (code: number | null): void => reject(new Error(`a process ended with ${code}`));
    child.once('exit', ended);
    child.once('message', (answer) => {
      child.off('exit', ended);
      resolve(answer as Answer);
    });
    child.send(question);
  });
}
