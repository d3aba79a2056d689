import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { WorkspacePackage } from './list-packages.js';
import { runCommand } from './run-command.js';

/** Packs a package as it would be published. Returns the path of the tarball. */
export async function pack({ folder, path }: WorkspacePackage, into: string): Promise<string> {
  const { status, output } = await runCommand('pnpm', ['pack', '--pack-destination', into], {
    cwd: path,
  });
  const tarball = readdirSync(into).find((file) => file.endsWith('.tgz'));
  if (status !== 0 || !tarball) throw new Error(`pnpm pack of ${folder} failed\n${output}`);
  return join(into, tarball);
}
