import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';

const PACKAGE = fileURLToPath(new URL('..', import.meta.url));
const built = new Map<string, string>();

/** A child as one file of plain JavaScript: it starts in a fraction of the time. */
function scriptOf(name: string): string {
  const known = built.get(name);
  if (known !== undefined) return known;
  // Inside the package, so that level is found; of this process alone, since test files run side by side.
  const outfile = `${PACKAGE}node_modules/.cache/children/${name}-${process.pid}.mjs`;
  const entry = `${PACKAGE}test/children/${name}.ts`;
  buildSync({
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    external: ['level'],
    logLevel: 'error',
  });
  built.set(name, outfile);
  process.once('exit', () => rmSync(outfile, { force: true }));
  return outfile;
}

/** A child of `test/children`, with what it says on stdout, line by line. */
export class Child {
  readonly lines: string[] = [];
  readonly process: ChildProcess;
  readonly exit: Promise<unknown>;
  #errors = '';
  #rest = '';
  readonly #listeners = new Set<() => void>();

  constructor(name: string, ...args: string[]) {
    const script = scriptOf(name);
    const stdio: ['pipe', 'pipe', 'pipe'] = ['pipe', 'pipe', 'pipe'];
    this.process = spawn(process.execPath, [script, ...args], { stdio });
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
      for (const listener of this.#listeners) listener();
    });
  }

  /** Resolves when it has said a line that begins so; rejects if it ends before. */
  said(start: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        const line = this.lines.find((candidate) => candidate.startsWith(start));
        if (line === undefined && this.process.exitCode === null) return;
        this.#listeners.delete(look);
        if (line !== undefined) resolve(line);
        else reject(new Error(`the child ended without saying ${start}: ${this.#errors}`));
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

/** A seeded generator of numbers in [0, 1); the seed is printed, to repeat a failure. */
export function seededRandom(seed = Date.now() % 2 ** 31): () => number {
  console.info(`seed ${seed}`);
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
