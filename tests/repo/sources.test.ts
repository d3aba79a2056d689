import { dirname, join, normalize } from 'node:path';
import ts from 'typescript';
import { describe, expect, test } from 'vitest';
import { listPackages, type Manifest } from '../../scripts/packages/list-packages.js';
import { listSources, type Source } from './sources.js';

const maxLines = { source: 300, test: 400 };

function packageName(specifier: string): string {
  const [first = '', second = ''] = specifier.split('/');
  return first.startsWith('@') ? `${first}/${second}` : first;
}

function isRelative(specifier: string): boolean {
  return specifier.startsWith('.');
}

/** Imports as `file → what`, so that a failure names both. */
function importsWhere(sources: Source[], matches: (specifier: string, from: Source) => boolean) {
  return sources.flatMap((from) =>
    from.imports.filter((it) => matches(it, from)).map((it) => `${from.path} → ${it}`),
  );
}

/** The `@grovekv/*` modules that a package's own code may import. */
function allowedModules(folder: string): RegExp {
  if (folder === 'kv-core') return /^$/;
  if (folder.startsWith('ext-')) return /^@grovekv\/kv-core(\/(hooks|codecs|sorted-set))?$/;
  if (folder.startsWith('driver-')) return /^@grovekv\/kv-core(\/(driver|codecs))?$/;
  return /^@grovekv\/kv-core(\/[a-z-]+)?$/;
}

function shippedWith(manifest: Manifest): Set<string> {
  return new Set(Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies }));
}

describe.each(listPackages().map((entry) => [entry.folder, entry] as const))(
  '%s',
  (folder, { manifest }) => {
    const folderOfSources = `packages/${folder}/src`;
    const sources = listSources(folderOfSources);
    const shipped = sources.filter((source) => !source.isTest);

    test('doors hold exports and nothing else', () => {
      for (const door of shipped.filter(({ path }) => dirname(path) === folderOfSources)) {
        const file = ts.createSourceFile(door.path, door.text, ts.ScriptTarget.ES2022);
        for (const statement of file.statements) {
          const reExports = ts.isExportDeclaration(statement) && statement.moduleSpecifier;
          expect(reExports, `${door.path}: ${statement.getText(file)}`).toBeTruthy();
        }
      }
    });

    test('imports only what its layer may see', () => {
      const allowed = allowedModules(folder);
      const isForbidden = (it: string) => it.startsWith('@grovekv/') && !allowed.test(it);
      expect(importsWhere(shipped, isForbidden)).toEqual([]);
    });

    test('imports only what is installed with it', () => {
      const installed = shippedWith(manifest);
      const isMissing = (it: string) =>
        !isRelative(it) && !it.startsWith('node:') && !installed.has(packageName(it));
      expect(importsWhere(shipped, isMissing)).toEqual([]);
    });

    test('ships no test helper and no file of another folder', () => {
      const isOutside = (it: string, from: Source) => {
        const target = normalize(join(dirname(from.path), it));
        return isRelative(it) && (!target.startsWith(folderOfSources) || /\.test\b/.test(target));
      };
      expect(importsWhere(shipped, isOutside)).toEqual([]);
    });

    if (folder.startsWith('ext-')) {
      test('needs no Node and no client of a server', () => {
        const isForeign = (it: string) => !isRelative(it) && !it.startsWith('@grovekv/');
        expect(importsWhere(shipped, isForeign)).toEqual([]);
      });
    }
  },
);

test('files are short', () => {
  const long = listSources('packages', 'scripts', 'tests')
    .map(({ path, text, isTest }) => ({ path, isTest, lines: text.split('\n').length - 1 }))
    .filter(({ isTest, lines }) => lines >= (isTest ? maxLines.test : maxLines.source));
  expect(long).toEqual([]);
});
