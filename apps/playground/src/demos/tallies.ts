/** What is known of additions: `started = acknowledged + inFlight + inDoubt + refused`. */
export interface Tally {
  readonly started: number;
  readonly acknowledged: number;
  readonly inFlight: number;
  /** May have counted, once or not at all. */
  readonly inDoubt: number;
  /** Have certainly not counted. */
  readonly refused: number;
}

type Counts = { -readonly [Name in Exclude<keyof Tally, 'inFlight'>]: number };

/** The books: for each worker what it has started and what became of it. */
export class Tallies {
  readonly #workers = new Map<number, Counts>();

  of(worker: number): Tally {
    return tallyOf(this.#counts(worker));
  }

  get total(): Tally {
    const sum: Counts = { started: 0, acknowledged: 0, inDoubt: 0, refused: 0 };
    for (const counts of this.#workers.values()) {
      sum.started += counts.started;
      sum.acknowledged += counts.acknowledged;
      sum.inDoubt += counts.inDoubt;
      sum.refused += counts.refused;
    }
    return tallyOf(sum);
  }

  started(worker: number, count: number): void {
    this.#counts(worker).started += count;
  }

  ended(worker: number, result: Pick<Tally, 'acknowledged' | 'inDoubt' | 'refused'>): void {
    const counts = this.#counts(worker);
    counts.acknowledged += result.acknowledged;
    counts.inDoubt += result.inDoubt;
    counts.refused += result.refused;
  }

  /** What a dead worker had under way is in doubt; answers how many. */
  died(worker: number): number {
    const { inFlight } = this.of(worker);
    this.#counts(worker).inDoubt += inFlight;
    return inFlight;
  }

  reset(): void {
    this.#workers.clear();
  }

  #counts(worker: number): Counts {
    let counts = this.#workers.get(worker);
    if (!counts) {
      counts = { started: 0, acknowledged: 0, inDoubt: 0, refused: 0 };
      this.#workers.set(worker, counts);
    }
    return counts;
  }
}

function tallyOf(counts: Counts): Tally {
  const { started, acknowledged, inDoubt, refused } = counts;
  return { ...counts, inFlight: started - acknowledged - inDoubt - refused };
}
