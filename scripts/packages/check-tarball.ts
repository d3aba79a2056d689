import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { root } from '../stages.js';
import { runCommand } from './run-command.js';

/** What is wrong with a tarball: its manifest and files (publint), its types (attw). */
export async function checkTarball(tarball: string): Promise<string[]> {
  const bytes = readFileSync(tarball);
  const { messages, pkg } = await publint({
    pack: { tarball: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) },
    strict: true,
    level: 'warning',
  });
  const problems = messages.map((message) => `publint: ${formatMessage(message, pkg)}`);

  const attw = join(root, 'node_modules', '.bin', 'attw');
  // Profile node16: sub-path exports cannot be resolved by the older node10 algorithm.
  const types = await runCommand(attw, [tarball, '--profile', 'node16', '--no-emoji'], {
    cwd: root,
  });
  if (types.status !== 0) problems.push(`attw:\n${types.output}`);
  return problems;
}
