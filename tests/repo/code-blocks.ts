import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import ts from 'typescript';
import { listPackages } from '../../scripts/packages/list-packages.js';
import { root } from '../../scripts/stages.js';

/** A ```ts block of a Markdown file. */
export interface CodeBlock {
  /** The Markdown file, relative to the root, and the line of the block. */
  readonly at: string;
  readonly code: string;
  /** Why it is type-checked only: the words after `no-run`. */
  readonly noRun: string | undefined;
  /** The name of the file it is written to. */
  readonly file: string;
}

/** The documents whose blocks must work: those of the root and the README of every package. */
export function listDocuments(): string[] {
  const inRoot = readdirSync(root).filter((file) => file.endsWith('.md'));
  const inPackages = listPackages().map(({ folder }) => `packages/${folder}/README.md`);
  return [...inRoot, ...inPackages].filter((path) => existsSync(join(root, path)));
}

/** The ```ts blocks of a document, in order. */
export function readBlocks(document: string): CodeBlock[] {
  const text = readFileSync(join(root, document), 'utf8');
  return [...text.matchAll(/^```(?:ts|typescript)\b(.*)\n([\s\S]*?)^```$/gm)].map((match) => {
    const line = text.slice(0, match.index).split('\n').length;
    const [, info = '', code = ''] = match;
    const noRun = /^\s+no-run\b:?\s*(.*)$/.exec(info)?.[1];
    const folder = document === basename(document) ? 'root' : basename(dirname(document));
    const file = `${folder}-${basename(document, '.md')}-${line}.ts`;
    return { at: `${document}:${line}`, code, noRun, file };
  });
}

/** Addresses that documents show, and the variable that names the test's server instead. */
const addresses = [
  ['REDIS_URL', /redis:\/\/(localhost|127\.0\.0\.1):6379/g],
  ['MEMCACHED_SERVERS', /(localhost|127\.0\.0\.1):11211/g],
  ['DYNAMODB_ENDPOINT', /http:\/\/(localhost|127\.0\.0\.1):8000/g],
] as const;

/**
 * Writes blocks as a project in a folder where every package of the workspace, and every client
 * that one of them uses, can be imported.
 */
export function writeProject(dir: string, blocks: readonly CodeBlock[]): void {
  mkdirSync(join(dir, 'node_modules', '@grovekv'), { recursive: true });
  writeFileSync(join(dir, 'package.json'), JSON.stringify({ type: 'module', private: true }));
  for (const { path, folder } of listPackages()) {
    symlinkSync(path, join(dir, 'node_modules', '@grovekv', folder));
    for (const client of listClients(path)) {
      const link = join(dir, 'node_modules', client);
      mkdirSync(dirname(link), { recursive: true });
      if (!existsSync(link)) symlinkSync(join(path, 'node_modules', client), link);
    }
  }
  for (const { file, code } of blocks) {
    const withServers = addresses.reduce(
      (text, [name, address]) => text.replace(address, process.env[name] ?? '$&'),
      code,
    );
    // Without an import or export it would be a script, whose names meet those of other scripts.
    writeFileSync(join(dir, file), `${withServers}\nexport {};\n`);
  }
}

function listClients(path: string): string[] {
  const modules = join(path, 'node_modules');
  if (!existsSync(modules)) return [];
  return readdirSync(modules)
    .filter((name) => !name.startsWith('.') && name !== '@grovekv')
    .flatMap((name) =>
      name.startsWith('@') ? readdirSync(join(modules, name)).map((it) => `${name}/${it}`) : name,
    );
}

/** Type-checks the blocks of a project in one program. Returns the errors of each file. */
export function checkTypes(dir: string, blocks: readonly CodeBlock[]): Map<string, string[]> {
  const configFile = ts.readConfigFile(join(root, 'tsconfig.base.json'), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent(
    {
      ...configFile.config,
      compilerOptions: {
        ...configFile.config.compilerOptions,
        types: ['node'],
        typeRoots: [join(root, 'node_modules', '@types'), join(dir, 'node_modules', '@types')],
        // An example may name a value only to show its type.
        noUnusedLocals: false,
        noUnusedParameters: false,
      },
      files: blocks.map(({ file }) => file),
    },
    ts.sys,
    dir,
  );
  const program = ts.createProgram(
    blocks.map(({ file }) => join(dir, file)),
    options,
  );
  return new Map(
    blocks.map(({ file }) => {
      const source = program.getSourceFile(join(dir, file));
      const diagnostics = ts.getPreEmitDiagnostics(program, source);
      return [file, diagnostics.map((it) => describeDiagnostic(it))];
    }),
  );
}

function describeDiagnostic({ file, start, messageText }: ts.Diagnostic): string {
  const line = file && start !== undefined ? file.getLineAndCharacterOfPosition(start).line + 1 : 0;
  return `line ${line} of the block: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`;
}
