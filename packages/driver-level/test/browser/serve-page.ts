import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const PAGE = '<!doctype html><title>level</title><script type="module" src="/page.js"></script>';

/** Bundles the page and serves it on loopback, from two static files. */
export async function servePage(): Promise<{ readonly url: string; close(): Promise<void> }> {
  const fileOf = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
  const { outputFiles } = await build({
    entryPoints: [fileOf('page.ts')],
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    logLevel: 'error',
    alias: {
      'counter-under-test': fileOf('../../../ext-counter/src/index.ts'),
      // abstract-level needs it, and pnpm does not put it where abstract-level would look.
      events: fileOf('../../node_modules/events/events.js'),
    },
  });
  const script = outputFiles[0]!.text;
  const server = createServer((request, response) => {
    const isScript = request.url === '/page.js';
    response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html');
    response.end(isScript ? script : PAGE);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const close = () => new Promise<void>((resolve) => server.close(() => resolve()));
  return { url: `http://127.0.0.1:${port}/`, close };
}
