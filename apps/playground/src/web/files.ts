import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import type { Hono } from 'hono';

const TYPES: Record<string, string> = {
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

const folder = new URL('../../public/', import.meta.url);

/** Serves the files of `public/`, those and nothing else. */
export function serveFiles(app: Hono): void {
  for (const name of readdirSync(folder)) {
    const type = TYPES[extname(name)];
    if (!type) continue;
    app.get(`/${name}`, async (context) => {
      const text = await readFile(new URL(name, folder), 'utf8');
      return context.body(text, 200, { 'content-type': type, 'cache-control': 'no-cache' });
    });
  }
}
