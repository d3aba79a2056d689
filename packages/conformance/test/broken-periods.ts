import { SimplePeriods } from './simple-leaderboard.js';

/** Boards by period, each with one bug. */
export const brokenPeriods: Readonly<Record<string, typeof SimplePeriods>> = {
  'keep all periods on one board': class extends SimplePeriods {
    override nameOf(): string {
      return this.name;
    }
  },
  'keep all names on one board': class extends SimplePeriods {
    override nameOf(start: number): string {
      return super.nameOf(start).slice(0, -this.name.length);
    }
  },
  'round to the nearest period': class extends SimplePeriods {
    override startOf(time: number): number {
      return Math.round(time / this.periodMs) * this.periodMs;
    }
  },
  'end a period one moment late': class extends SimplePeriods {
    override startOf(time: number): number {
      return super.startOf(time - 1);
    }
  },
  'name periods by their place in the day': class extends SimplePeriods {
    override nameOf(start: number): string {
      return super.nameOf(start % (2 * this.periodMs));
    }
  },
  'begin periods when they are opened': class extends SimplePeriods {
    readonly #offset = (this.store.clock.now() % 3_600_000) + 1;
    override startOf(time: number): number {
      return super.startOf(time - this.#offset) + this.#offset;
    }
  },
  'show the running period as the one before': class extends SimplePeriods {
    override previous(count = 1) {
      return super.previous(count - 1);
    }
  },
};
