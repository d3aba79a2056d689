import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { expect } from 'vitest';

const built = new Map<string, string>();

/** Where children are, and what of them is not built in. */
export interface Children {
  /** The folder `test` of a package: its `children/*.ts` are the programs. */
  readonly folder: string;
  /** The one client, which is found from inside the package only. Without it, a child runs as it is. */
  readonly external?: string;
}

/** A child as one file of plain JavaScript: it starts in a fraction of the time. */
function build(entry: string, { folder, external }: Required<Children>, name: string): string {
  const known = built.get(entry);
  if (known !== undefined) return known;
  // Inside the package, so that the client is found; of this process alone: test files run side by side.
  const cache = join(folder, '../node_modules/.cache/children');
  const outfile = join(cache, `${name}-${process.pid}.mjs`);
  buildSync({
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    external: [external],
    logLevel: 'error',
  });
  built.set(entry, outfile);
  process.once('exit', () => rmSync(outfile, { force: true }));
  return outfile;
}

function commandOf({ folder, external }: Children, name: string): string[] {
  const entry = join(folder, 'children', `${name}.ts`);
  if (external === undefined) return ['--import', 'tsx', entry];
  return [build(entry, { folder, external }, name)];
}

/** A program of a package's `test/children`, with what it says on stdout, line by line. */
export class ChildProgram {
  readonly lines: string[] = [];
  readonly process: ChildProcess;
  readonly exit: Promise<unknown>;
  #errors = '';
  #rest = '';
  #ended = false;
  readonly #listeners = new Set<() => void>();

  constructor(children: Children, name: string, args: readonly string[]) {
    const stdio: ['pipe', 'pipe', 'pipe'] = ['pipe', 'pipe', 'pipe'];
    this.process = spawn(process.execPath, [...commandOf(children, name), ...args], { stdio });
    this.process.stdout!.setEncoding('utf8').on('data', (chunk: string) => {
      const parts = (this.#rest + chunk).split('\n');
      this.#rest = parts.pop()!;
      this.lines.push(...parts);
      for (const listener of this.#listeners) listener();
    });
    this.process.stderr!.setEncoding('utf8').on('data', (chunk: string) => {
      this.#errors += chunk;
    });
    this.exit = once(this.process, 'close').then(() => {
      this.#ended = true;
      for (const listener of this.#listeners) listener();
    });
  }

  /** Resolves when it has said a line that begins so; rejects if it ends before. */
  said(start: string): Promise<string> {
    return this.#wait(start, () => this.lines.find((line) => line.startsWith(start)));
  }

  /** The message of its `nth` line, from 0, of a child that says JSON; rejects if it ends before. */
  async message<T>(nth: number): Promise<T> {
    return JSON.parse(await this.#wait(`${nth + 1} lines`, () => this.lines[nth])) as T;
  }

  /** All messages by now of a child that says JSON. */
  messages<T>(): T[] {
    return this.lines.map((line) => JSON.parse(line) as T);
  }

  #wait(what: string, find: () => string | undefined): Promise<string> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        const line = find();
        if (line === undefined && !this.#ended) return;
        this.#listeners.delete(look);
        if (line !== undefined) resolve(line);
        else reject(new Error(`the child ended without saying ${what}: ${this.#errors}`));
      };
      this.#listeners.add(look);
      look();
    });
  }

  tell(line: string): void {
    this.process.stdin!.write(`${line}\n`);
  }

  /** `kill -9`; resolves once everything that it said has arrived. */
  async kill(): Promise<void> {
    this.process.kill('SIGKILL');
    await this.exit;
  }

  /** Resolves at its own end; rejects if that was not a good one. */
  async finished(): Promise<void> {
    await this.exit;
    if (this.process.exitCode !== 0) throw new Error(`the child failed: ${this.#errors}`);
  }
}

/** Lets children begin at the same moment, once each has said that it is ready; resolves at their good end. */
export async function runTogether(children: readonly ChildProgram[]): Promise<void> {
  for (const child of children) expect(await child.said('')).toMatch(/^"?ready"?$/);
  for (const child of children) child.tell('go');
  for (const child of children) await child.finished();
}
