import { type ChildProcess, spawn } from 'node:child_process';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of the repository. */
export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** A named step. It fails by throwing; whatever it has to say it has printed by then. */
export interface Stage {
  readonly name: string;
  run(): Promise<void>;
}

/** Runs stages in order, prints the name and the time of each, and stops at the first failure. */
export async function runStages(stages: readonly Stage[]): Promise<boolean> {
  for (const stage of stages) {
    console.log(`\n── ${stage.name}`);
    const started = performance.now();
    const seconds = () => `${((performance.now() - started) / 1000).toFixed(1)} s`;
    try {
      await stage.run();
      console.log(`── ${stage.name}: done in ${seconds()}`);
    } catch (error) {
      console.log(error instanceof Error ? error.message : error);
      console.log(`── ${stage.name}: FAILED after ${seconds()}`);
      return false;
    }
  }
  return true;
}

let running: ChildProcess | undefined;
let interrupted: NodeJS.Signals | undefined;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    interrupted = signal;
    // The stage fails when its command ends, and the servers are stopped on that way.
    if (running) running.kill(signal);
    else process.exit(exitStatus(false));
  });
}

/** What the process exits with. */
export function exitStatus(passed: boolean): number {
  if (interrupted) return 128 + constants.signals[interrupted];
  return passed ? 0 : 1;
}

/** Runs a tool of the workspace in the root folder, with its output on the screen. */
export function tool(
  name: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<void> {
  const command = name === 'node' ? process.execPath : join(root, 'node_modules', '.bin', name);
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: root,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    running = child;
    child.on('error', reject);
    child.on('exit', (code, signal) => {
      running = undefined;
      if (code === 0 && !interrupted) resolve();
      else reject(new Error(`${name} ${args.join(' ')}: exit ${code ?? signal}`));
    });
  });
}

/** Lint and formatting of everything. */
export const lint: Stage = {
  name: 'lint',
  run: () => tool('biome', ['check', '--max-diagnostics=200', '.']),
};

/** Types of the root folder's own scripts and tests, then of every package. */
export const typecheck: Stage = {
  name: 'typecheck',
  async run() {
    await tool('tsc', ['-p', '.']);
    await turbo('typecheck');
  },
};

/** Every package's dist. */
export const build: Stage = { name: 'build', run: () => turbo('build') };

function turbo(task: string): Promise<void> {
  return tool('turbo', [
    'run',
    task,
    '--output-logs=errors-only',
    '--concurrency=2',
    '--ui=stream',
  ]);
}
