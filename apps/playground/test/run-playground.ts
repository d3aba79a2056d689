import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** A playground that runs as a process of its own, as `npm start` runs it. */
export interface RunningPlayground {
  readonly process: ChildProcess;
  readonly url: string;
  /** What it has printed. */
  readonly output: string;
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url));

/**
 * Starts one, `detached` in a group of its own like a job of a shell, with a folder for temporary files if
 * it is not to be the system's; `url` is empty if it has ended.
 */
export async function runPlayground(
  args: readonly string[],
  { detached = false, temporary }: { detached?: boolean; temporary?: string } = {},
): Promise<RunningPlayground> {
  const child = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), main, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    detached,
    env: temporary === undefined ? process.env : { ...process.env, TMPDIR: temporary },
  });
  let output = '';
  const url = new Promise<string>((resolve) => {
    const hear = (chunk: Buffer): void => {
      output += chunk.toString();
      const found = /playground: (http:\S+)\n[^\n]*\n/.exec(output)?.[1];
      if (found) resolve(found);
    };
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    child.once('close', () => resolve(''));
  });
  const running = { process: child, url: await url };
  return {
    ...running,
    get output() {
      return output;
    },
    async stop(signal = 'SIGTERM') {
      if (child.exitCode === null && child.signalCode === null) {
        const exit = once(child, 'exit');
        child.kill(signal);
        await exit;
      }
      return child.exitCode;
    },
  };
}
