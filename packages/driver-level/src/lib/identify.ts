/**
 * The one name of a folder, whatever link or relative path leads to it; it is created. The modules of
 * Node are named at run time, so that a bundler for browsers does not look for them.
 */
export async function identifyFolder(path: string): Promise<string> {
  const name = 'node:fs/promises';
  const { mkdir, realpath }: typeof import('node:fs/promises') = await import(
    /* webpackIgnore: true */ /* @vite-ignore */ name
  );
  await mkdir(path, { recursive: true });
  return await realpath(path);
}
