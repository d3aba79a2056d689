// Loader hooks: '@grovekv/name/door' is packages/name/dist/door.js, for everybody in the process, so
// that what is measured is what is published and there is one copy of each package. Those files are
// handed over as they are: tsx does not touch them.
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';

const packages = new URL('../../../packages/', import.meta.url);

export async function resolve(specifier, context, next) {
  const match = /^@grovekv\/([^/]+)(?:\/(.+))?$/.exec(specifier);
  if (!match) return next(specifier, context);
  const url = new URL(`${match[1]}/dist/${match[2] ?? 'index'}.js`, packages);
  if (!existsSync(url)) throw new Error(`${specifier} is not built: run \`pnpm build\` first`);
  return { url: url.href, format: 'module', shortCircuit: true };
}

export async function load(url, context, next) {
  if (!url.startsWith(packages.href) || !url.includes('/dist/')) return next(url, context);
  return { format: 'module', source: await readFile(new URL(url)), shortCircuit: true };
}
