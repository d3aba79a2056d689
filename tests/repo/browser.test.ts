import { join } from 'node:path';
import { build } from 'esbuild';
import { describe, expect, test } from 'vitest';
import { listPackages, type WorkspacePackage } from '../../scripts/packages/list-packages.js';

const [core] = listPackages().filter(({ folder }) => folder === 'kv-core') as [WorkspacePackage];

function bundle(file: string, packages: 'bundle' | 'external') {
  // For a browser esbuild knows no `node:` module, so that an import of one fails the build.
  return build({
    entryPoints: [join(core.path, file)],
    bundle: true,
    packages,
    write: false,
    platform: 'browser',
    format: 'esm',
    target: 'es2022',
    legalComments: 'none',
    logLevel: 'silent',
  });
}

describe('the core needs no Node', () => {
  test.each(Object.entries(core.manifest.exports ?? {}))('%s', async (_, file) => {
    const [ours, all] = await Promise.all([bundle(file, 'external'), bundle(file, 'bundle')]);
    expect(all.warnings).toEqual([]);
    // Others may look for a global of Node before they use it. Ours names none.
    const text = ours.outputFiles.map((output) => output.text).join('\n');
    expect(text.match(/.*(?<![\w.])(Buffer|process|require|__dirname)\b(?!:).*/g) ?? []).toEqual(
      [],
    );
  });
});
