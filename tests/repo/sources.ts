import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import ts from 'typescript';
import { root } from '../../scripts/stages.js';

/** A TypeScript file of the repository. */
export interface Source {
  /** Relative to the root. */
  readonly path: string;
  readonly text: string;
  readonly isTest: boolean;
  /** What it imports or re-exports from, dynamic imports included. */
  readonly imports: readonly string[];
}

/** Every TypeScript file under folders given relative to the root. */
export function listSources(...folders: string[]): Source[] {
  return folders.flatMap((folder) => walk(join(root, folder))).map(readSource);
}

function walk(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (entry.name === 'node_modules' || entry.name === 'dist') return [];
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return walk(path);
    return entry.name.endsWith('.ts') ? [path] : [];
  });
}

function readSource(path: string): Source {
  const text = readFileSync(path, 'utf8');
  return {
    path: relative(root, path),
    text,
    isTest: path.endsWith('.test.ts'),
    imports: ts.preProcessFile(text).importedFiles.map(({ fileName }) => fileName),
  };
}
