import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { ChildProgram } from '../../../tests/support/child.js';

/** What a worker process has told: what happened, to which job, under which token, when. */
export interface Told {
  readonly what: string;
  readonly n: number;
  readonly token: string;
  readonly at: number;
}

const folder = fileURLToPath(new URL('.', import.meta.url));

/** A worker process that is killed by SIGKILL at random, about every second, and started again. */
export class MortalWorker {
  readonly told: Told[] = [];
  kills = 0;
  readonly #args: readonly string[];
  readonly #random: () => number;
  #child: ChildProgram | undefined;
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
    await this.#child?.kill();
    await this.#life;
  }

  async #live(): Promise<void> {
    while (!this.#over) {
      const child = new ChildProgram({ folder }, 'work', this.#args);
      this.#child = child;
      await child.said('ready').catch(() => undefined);
      await Promise.race([child.exit, sleep(300 + this.#random() * 1_400)]);
      const { exitCode, signalCode } = child.process;
      if (exitCode === null && signalCode === null) this.kills += 1;
      await child.kill();
      this.#hear(child.lines);
    }
  }

  #hear(lines: readonly string[]): void {
    for (const line of lines) {
      const [what = '', n, token = '', at] = line.split(' ');
      if (at !== undefined) this.told.push({ what, n: Number(n), token, at: Number(at) });
    }
  }
}
