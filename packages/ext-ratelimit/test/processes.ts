import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** A program of `children/` that runs by itself and tells things as lines of JSON. */
export class Program {
  readonly process: ChildProcess;
  /** Resolves with the exit code, or the signal that ended it. */
  readonly ended: Promise<number | string>;
  readonly told: unknown[] = [];
  readonly #errors: string[] = [];
  #listen: (() => void) | undefined;

  constructor(name: string, args: readonly string[]) {
    const script = fileURLToPath(new URL(`./children/${name}.ts`, import.meta.url));
    this.process = spawn(process.execPath, ['--import', 'tsx', script, ...args], {
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    this.process.stderr!.on('data', (text) => this.#errors.push(String(text)));
    const lines = createInterface({ input: this.process.stdout! });
    lines.on('line', (line) => {
      this.told.push(JSON.parse(line));
      this.#listen?.();
    });
    const closed = new Promise((resolve) => lines.once('close', resolve));
    this.ended = new Promise((resolve) => {
      this.process.once('exit', (code, signal) => {
        closed.then(() => resolve(code ?? signal ?? 'unknown'));
        this.#listen?.();
      });
    });
  }

  get errors(): string {
    return this.#errors.join('');
  }

  /** What it tells as its `nth` message, from 0. */
  async message<T>(nth: number): Promise<T> {
    while (this.told.length <= nth) {
      if (this.process.exitCode !== null) throw new Error(`ended: ${this.errors}`);
      await new Promise<void>((resolve) => {
        this.#listen = resolve;
      });
    }
    return this.told[nth] as T;
  }

  /** Ends the wait of a program that waits for its start. */
  start(): void {
    this.process.stdin!.write('go\n');
  }

  stop(): void {
    this.process.kill('SIGKILL');
  }
}
