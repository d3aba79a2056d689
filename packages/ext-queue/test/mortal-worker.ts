import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

/** What a worker process has told: what happened, to which job, under which token, when. */
export interface Told {
  readonly what: string;
  readonly n: number;
  readonly token: string;
  readonly at: number;
}

const script = fileURLToPath(new URL('./children/work.ts', import.meta.url));

/** A worker process that is killed by SIGKILL at random, about every second, and started again. */
export class MortalWorker {
  readonly told: Told[] = [];
  kills = 0;
  errors = '';
  readonly #args: readonly string[];
  readonly #random: () => number;
  #child: ChildProcess | undefined;
  #over = false;
  readonly #life: Promise<void>;

  constructor(args: readonly string[], random: () => number) {
    this.#args = args;
    this.#random = random;
    this.#life = this.#live();
  }

  /** Kills it for good. */
  async end(): Promise<void> {
    this.#over = true;
    this.#child?.kill('SIGKILL');
    await this.#life;
  }

  async #live(): Promise<void> {
    while (!this.#over) {
      const child = spawn(process.execPath, ['--import', 'tsx', script, ...this.#args], {
        stdio: ['pipe', 'pipe', 'pipe'],
      });
      this.#child = child;
      child.stderr.on('data', (text) => {
        this.errors += String(text);
      });
      const lines = createInterface({ input: child.stdout });
      const closed = new Promise((resolve) => lines.once('close', resolve));
      const ready = new Promise<void>((resolve) => {
        child.once('exit', () => resolve());
        lines.on('line', (line) => {
          if (line === 'ready') resolve();
          else this.#hear(line);
        });
      });
      await ready;
      const ended = new Promise<void>((resolve) => {
        if (child.exitCode !== null || child.signalCode !== null) resolve();
        else child.once('exit', () => resolve());
      });
      await Promise.race([ended, sleep(300 + this.#random() * 1_400)]);
      if (child.kill('SIGKILL')) this.kills += 1;
      await ended;
      await closed;
    }
  }

  /** A line that the kill has cut is no news. */
  #hear(line: string): void {
    const [what = '', n, token = '', at] = line.split(' ');
    if (at === undefined) return;
    this.told.push({ what, n: Number(n), token, at: Number(at) });
  }
}
