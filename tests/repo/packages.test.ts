import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { listPackages, type WorkspacePackage } from '../../scripts/packages/list-packages.js';
import { root } from '../../scripts/stages.js';

const packages = listPackages();
const core = '@grovekv/kv-core';

function doorsIn({ path }: WorkspacePackage): string[] {
  return readdirSync(join(path, 'src'))
    .filter((file) => file.endsWith('.ts'))
    .map((file) => file.slice(0, -'.ts'.length));
}

function ours(dependencies: Readonly<Record<string, string>> = {}): string[] {
  return Object.keys(dependencies).filter((name) => name.startsWith('@grovekv/'));
}

describe.each(packages.map((entry) => [entry.folder, entry] as const))('%s', (folder, entry) => {
  const { path, manifest } = entry;

  test('is named after its folder, and its folder after its kind', () => {
    expect(manifest.name).toBe(`@grovekv/${folder}`);
    expect(folder).toMatch(/^(kv-core|conformance|(driver|ext)-[a-z]+)$/);
  });

  test('has what a published package needs', () => {
    expect(manifest).toMatchObject({
      license: 'MIT',
      type: 'module',
      files: ['dist', 'README.md', 'LICENSE'],
      engines: { node: '>=20' },
      publishConfig: { access: 'public' },
      scripts: { build: 'tsup', typecheck: 'tsc -p .' },
    });
    expect(existsSync(join(path, 'README.md')), 'README.md').toBe(true);
    expect(readFileSync(join(path, 'LICENSE'), 'utf8')).toBe(
      readFileSync(join(root, 'LICENSE'), 'utf8'),
    );
  });

  test('runs nothing when it is installed', () => {
    const hooks = ['preinstall', 'install', 'postinstall', 'prepare'];
    expect(Object.keys(manifest.scripts ?? {}).filter((name) => hooks.includes(name))).toEqual([]);
  });

  test('exports every door of src, and the same doors of dist when published', () => {
    const doors = doorsIn(entry);
    const subpath = (door: string): string => (door === 'index' ? '.' : `./${door}`);
    expect(manifest.exports).toEqual(
      Object.fromEntries(doors.map((door) => [subpath(door), `./src/${door}.ts`])),
    );
    expect(manifest.publishConfig?.exports).toEqual(
      Object.fromEntries(
        doors.map((door) => [
          subpath(door),
          {
            import: { types: `./dist/${door}.d.ts`, default: `./dist/${door}.js` },
            require: { types: `./dist/${door}.d.cts`, default: `./dist/${door}.cjs` },
          },
        ]),
      ),
    );
  });

  if (manifest.name === core) {
    test('depends on nothing', () => {
      expect(manifest.dependencies ?? {}).toEqual({});
      expect(ours({ ...manifest.peerDependencies, ...manifest.devDependencies })).toEqual([]);
    });
  } else {
    test('takes the core as a peer, and no other package', () => {
      expect(manifest.peerDependencies?.[core]).toBe('workspace:^');
      expect(manifest.devDependencies?.[core]).toBe('workspace:^');
      expect(ours(manifest.peerDependencies)).toEqual([core]);
      expect(ours({ ...manifest.dependencies, ...manifest.optionalDependencies })).toEqual([]);
    });
  }
});

test('no package depends on itself by way of others', () => {
  const dependencies = new Map(
    packages.map(({ manifest }) => [
      manifest.name,
      ours({
        ...manifest.dependencies,
        ...manifest.peerDependencies,
        ...manifest.devDependencies,
      }),
    ]),
  );
  const visit = (name: string, path: readonly string[]): void => {
    expect(path, [...path, name].join(' → ')).not.toContain(name);
    for (const next of dependencies.get(name) ?? []) visit(next, [...path, name]);
  };
  for (const name of dependencies.keys()) visit(name, []);
});
