import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { spawnProcess } from './spawn.js';

/** What the keeper process is told to end or remove, or no longer to. */
export interface Charge {
  readonly type: 'process' | 'folder';
  readonly id: number | string;
  readonly keep: boolean;
}

/**
 * A process that outlives this one by a moment: however this one ends, `kill -9` included, it ends the
 * workers, stopped ones too, and removes the temporary folder.
 */
export class Keeper {
  readonly #process: ChildProcess;

  private constructor(process: ChildProcess) {
    this.#process = process;
  }

  /** Starts it; resolves once it is on its guard. */
  static async start(): Promise<Keeper> {
    const process = spawnProcess('./keeper-process.ts', { detached: true });
    await once(process, 'message');
    return new Keeper(process);
  }

  take(type: Charge['type'], id: number | string): void {
    this.#tell({ type, id, keep: true });
  }

  release(type: Charge['type'], id: number | string): void {
    this.#tell({ type, id, keep: false });
  }

  /** Lets it do its work and waits for its end. */
  async close(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const exit = once(this.#process, 'exit');
    if (this.#process.connected) this.#process.disconnect();
    await exit;
  }

  #tell(charge: Charge): void {
    if (this.#process.connected) this.#process.send(charge);
  }
}
