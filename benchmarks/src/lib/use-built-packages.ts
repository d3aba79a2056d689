import { register } from 'node:module';

/** From here on `@grovekv/…` means the built packages. Call it before importing what uses them. */
export function useBuiltPackages(): void {
  register('./built-packages.mjs', import.meta.url);
}
