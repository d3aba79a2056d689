import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const run = promisify(execFile);
const program = fileURLToPath(new URL('./programs/exit.ts', import.meta.url));

/** Runs the program; a process that does not end is killed, which fails the test. */
async function output(scenario: string): Promise<string> {
  const { stdout } = await run(process.execPath, ['--import', 'tsx', program, scenario], {
    timeout: 30_000,
  });
  return stdout.trim();
}

describe('a process', () => {
  it('ends by itself when all calls are answered, although the store is open', async () => {
    expect(await output('answered')).toBe('read 1');
  });

  it('goes on while a call is pending, until its deadline', async () => {
    expect(await output('pending')).toBe('failed TIMEOUT');
  });
});
