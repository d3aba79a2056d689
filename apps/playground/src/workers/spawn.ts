import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/**
 * Starts a TypeScript file of this folder as a process that talks to this one. A `detached` one is not
 * in this one's group, and is not hit by signals to the group.
 */
export function spawnProcess(file: string, { detached = false } = {}): ChildProcess {
  const path = fileURLToPath(new URL(file, import.meta.url));
  return fork(path, [], { execArgv: ['--import', import.meta.resolve('tsx')], detached });
}
