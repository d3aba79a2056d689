import type { Hook } from '@grovekv/kv-core/hooks';

/** Knows whether this process has anything under way at the store. */
export class Idle {
  #inFlight = 0;
  #waiting: (() => void)[] = [];

  readonly hook: Hook = {
    name: 'idle',
    around: async (command, next) => {
      this.#inFlight += 1;
      try {
        return await next(command);
      } finally {
        this.#inFlight -= 1;
        if (this.#inFlight === 0) {
          for (const resolve of this.#waiting.splice(0)) resolve();
        }
      }
    },
  };

  get now(): boolean {
    return this.#inFlight === 0;
  }

  async reached(): Promise<void> {
    if (!this.now) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }
}
