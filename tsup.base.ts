import type { Options } from 'tsup';

/** What every published package builds with: ESM, CJS and declarations, one file per door. */
export function build(doors: string[], more: Options = {}): Options {
  return {
    entry: doors.map((door) => `src/${door}.ts`),
    format: ['esm', 'cjs'],
    dts: true,
    sourcemap: true,
    clean: true,
    target: 'es2022',
    platform: 'neutral',
    ...more,
  };
}
