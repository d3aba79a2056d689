import { setTimeout as sleep } from 'node:timers/promises';
import type { Counter } from '@grovekv/ext-counter';
import type { Store } from '@grovekv/kv-core';
import { CrewError, type Site, type Worker } from '../workers/crew.js';
import { theCounter } from '../workers/hammer.js';
import type { HammerReport } from '../workers/messages.js';
import { type Demo, UnknownAction } from './demo.js';
import { RateMeter } from './rate-meter.js';
import { SwitchedCrew } from './switched-crew.js';
import { Tallies } from './tallies.js';

/** What a worker had sent before a read is heard within this time after it. */
const HEARD_WITHIN_MS = 50;

/** A reading of the counter, and between what it had to be. */
interface Seen {
  readonly value: number;
  readonly least: number;
  readonly most: number;
  /** Whether nothing was under way meanwhile. */
  readonly settled: boolean;
}

/** Worker processes that hammer one counter, and the books on what must have come of it. */
export class CounterDemo implements Demo {
  readonly #counter: Counter;
  readonly #crew: SwitchedCrew<HammerReport>;
  readonly #tallies = new Tallies();
  readonly #rate = new RateMeter();
  #seen: Seen | undefined;

  constructor(store: Store, site: Site) {
    this.#counter = theCounter(store);
    this.#crew = new SwitchedCrew(site, {
      role: 'hammer',
      first: 3,
      lookEveryMs: 250,
      heard: (worker, report) => this.#heard(worker, report),
      ended: ({ id }) => ` with ${this.#tallies.died(id)} additions under way`,
      observe: () => this.#observe(),
    });
  }

  snapshot(): object {
    return {
      on: this.#crew.on,
      rate: this.#rate.perSecond(),
      rates: this.#rate.recent,
      seen: this.#seen,
      total: this.#tallies.total,
      workers: this.#crew.workers(({ id }) => this.#tallies.of(id)),
      events: this.#crew.events,
    };
  }

  async act(action: string, worker: number | undefined): Promise<void> {
    if (action === 'reset' && worker === undefined) await this.#reset();
    else if (!this.#crew.act(action, worker)) throw new UnknownAction(action);
    this.#crew.changed();
  }

  watch(listener: () => void): () => void {
    return this.#crew.watch(listener);
  }

  close(): Promise<void> {
    return this.#crew.close();
  }

  async #reset(): Promise<void> {
    if (this.#crew.on || this.#tallies.total.inFlight > 0) {
      throw new CrewError('stop the workers first: additions under way would be counted anew');
    }
    // Not during a look: it would come back with what was before.
    await this.#crew.betweenLooks(async () => {
      await this.#counter.reset();
      this.#tallies.reset();
      this.#seen = undefined;
      this.#crew.log('The counter is back at 0.');
    });
  }

  async #observe(): Promise<void> {
    try {
      await this.#read();
    } finally {
      this.#rate.tick(this.#tallies.total.acknowledged);
    }
  }

  async #read(): Promise<void> {
    const before = this.#tallies.total;
    const value = await this.#counter.get();
    await sleep(HEARD_WITHIN_MS);
    const { started, refused } = this.#tallies.total;
    const settled = !this.#crew.on && before.inFlight === 0 && before.started === started;
    this.#seen = { value, least: before.acknowledged, most: started - refused, settled };
  }

  #heard(worker: Worker, report: HammerReport): void {
    if (report.type === 'started') this.#tallies.started(worker.id, report.count);
    else if (report.type === 'ended') this.#tallies.ended(worker.id, report);
  }
}
