import { readFileSync } from 'node:fs';

/** Name and version of every library that is measured, as installed. */
export function installedVersions(): string[] {
  const root = new URL('../../', import.meta.url);
  const read = (path: string): Record<string, unknown> =>
    JSON.parse(readFileSync(new URL(path, root), 'utf8'));
  return Object.keys(read('package.json').dependencies as object)
    .filter((name) => !name.startsWith('@grovekv/'))
    .map((name) => `${name} ${read(`node_modules/${name}/package.json`).version}`);
}
