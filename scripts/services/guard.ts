import { spawn } from 'node:child_process';
import type { Socket } from 'node:net';

/** What is to be done when this process has ended. */
export interface LastWill {
  /** A process to kill. */
  readonly kill?: number;
  /** A folder to remove. */
  readonly remove?: string;
}

/**
 * Leaves a shell that waits for the end of its input, which comes when this process ends, even by
 * SIGKILL, and then cleans up.
 */
export function cleanUpAfterThisProcess({ kill, remove }: LastWill): { callOff(): void } {
  const script = 'read _; [ -n "$0" ] && kill -9 "$0"; [ -n "$1" ] && rm -rf "$1"';
  const shell = spawn('sh', ['-c', script, `${kill ?? ''}`, remove ?? ''], {
    // Its own process group: Ctrl-C must not end it.
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  shell.on('error', () => {});
  shell.stdin.on('error', () => {});
  shell.unref();
  (shell.stdin as Socket).unref();
  return { callOff: () => void shell.kill('SIGKILL') };
}
