import { join } from 'node:path';
import { build } from 'esbuild';
import { describe, expect, test } from 'vitest';
import { listPackages } from '../../scripts/packages/list-packages.js';

const core = listPackages().find(({ folder }) => folder === 'kv-core');
if (!core) throw new Error('packages/kv-core is missing');

describe('the core needs no Node', () => {
  test.each(Object.entries(core.manifest.exports ?? {}))('%s', async (_, file) => {
    // For a browser esbuild knows no `node:` module, so that an import of one fails the build.
    const { outputFiles, warnings } = await build({
      entryPoints: [join(core.path, file)],
      bundle: true,
      write: false,
      platform: 'browser',
      format: 'esm',
      target: 'es2022',
      legalComments: 'none',
      external: ['msgpackr'],
      logLevel: 'silent',
    });
    const text = outputFiles.map((output) => output.text).join('\n');
    expect(warnings).toEqual([]);
    expect(text.match(/.*(?<![\w.])(Buffer|process|require|__dirname)\b(?!:).*/g) ?? []).toEqual(
      [],
    );
  });
});
