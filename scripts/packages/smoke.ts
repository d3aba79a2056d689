import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { listPublished } from './list-packages.js';
import { runCommand } from './run-command.js';

/**
 * Installs tarballs with npm into a project outside the workspace and uses them there, by `import`
 * and by `require`. One driver stands for all of them, since their clients come from the registry.
 * Returns what went wrong.
 */
export async function smoke(tarballs: ReadonlyMap<string, string>, dir: string): Promise<string[]> {
  const packages = listPublished().filter(
    ({ folder }) => folder === 'driver-redis' || !folder.startsWith('driver-'),
  );
  mkdirSync(dir);
  writeFileSync(join(dir, 'package.json'), JSON.stringify({ name: 'user', private: true }));
  const options = ['--no-audit', '--no-fund', '--prefer-offline', '--ignore-scripts'];
  const files = packages.map(({ folder }) => tarballs.get(folder) ?? '');
  // npm brings peers by itself, but not optional ones, and some doors need them.
  const optional = packages.flatMap(({ manifest: { peerDependencies, peerDependenciesMeta } }) =>
    Object.keys(peerDependenciesMeta ?? {}).map((name) => `${name}@${peerDependencies?.[name]}`),
  );
  const wanted = [...new Set([...files, ...optional])];
  const install = await runCommand('npm', ['install', ...options, ...wanted], { cwd: dir });
  if (install.status !== 0) return [`npm install of the tarballs failed\n${install.output}`];

  const doors = packages.flatMap(({ manifest }) =>
    Object.keys(manifest.exports ?? {}).map((door) => `${manifest.name}${door.slice(1)}`),
  );
  const problems: string[] = [];
  const printed: string[] = [];
  for (const [file, load] of [
    ['user.mjs', (door: string) => `await import('${door}')`] as const,
    ['user.cjs', (door: string) => `require('${door}')`] as const,
  ]) {
    const loaded = doors.map((door) => `  '${door}': ${load(door)},\n`).join('');
    writeFileSync(join(dir, file), `const doors = {\n${loaded}};\n${program}`);
    const result = await runCommand(process.execPath, [file], { cwd: dir, timeoutMs: 60_000 });
    printed.push(result.stdout);
    if (result.status !== 0) problems.push(`smoke test ${file} failed\n${result.output}`);
  }
  if (problems.length === 0 && printed[0] !== printed[1]) {
    problems.push(`import and require see different packages\n${printed.join('\n--\n')}`);
  }
  if (problems.length === 0) console.log(`smoke test: ${doors.length} doors by import and require`);
  return problems;
}

const program = `
async function main() {
  for (const [name, door] of Object.entries(doors)) {
    console.log(name, Object.keys(door).filter((key) => key !== 'default').sort().join(' '));
  }
  const { createStore } = doors['@grovekv/kv-core'];
  const { memoryDriver } = doors['@grovekv/kv-core/memory'];
  const { createCounter } = doors['@grovekv/ext-counter'];
  const store = createStore({ driver: memoryDriver() });
  await store.set('greeting', { hello: 'world' });
  console.log(JSON.stringify(await store.get('greeting')));
  console.log(JSON.stringify(await createCounter(store, 'visitors').add(2)));
  await store.close();
}
main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
`;
