import { setTimeout as sleep } from 'node:timers/promises';
import type { Counter } from '@grovekv/ext-counter';
import type { Store } from '@grovekv/kv-core';
import { Crew, CrewError, type Site, type Worker } from '../workers/crew.js';
import { theCounter } from '../workers/hammer.js';
import type { HammerReport } from '../workers/messages.js';
import { type Demo, UnknownAction } from './demo.js';
import { EventLog } from './event-log.js';
import { Listeners } from './listeners.js';
import { RateMeter } from './rate-meter.js';
import { Tallies } from './tallies.js';

const FIRST_WORKERS = 3;
const LOOK_EVERY_MS = 250;
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
  readonly #crew: Crew<HammerReport>;
  readonly #listeners = new Listeners();
  readonly #log = new EventLog();
  readonly #tallies = new Tallies();
  readonly #rate = new RateMeter();
  #seen: Seen | undefined;
  #on = false;
  #looking: NodeJS.Timeout | undefined;
  #look: Promise<void> = Promise.resolve();

  constructor(store: Store, site: Site) {
    this.#counter = theCounter(store);
    this.#crew = new Crew('hammer', site, {
      report: (worker, report) => this.#heard(worker, report),
      ended: (worker) => this.#ended(worker),
    });
  }

  snapshot(): object {
    return {
      on: this.#on,
      rate: this.#rate.perSecond(),
      rates: this.#rate.recent,
      seen: this.#seen,
      total: this.#tallies.total,
      workers: this.#crew.workers.map((worker) => ({ ...worker, ...this.#tallies.of(worker.id) })),
      events: this.#log.latest,
    };
  }

  async act(action: string, worker: number | undefined): Promise<void> {
    if (action === 'kill' && worker !== undefined) this.#crew.kill(worker);
    else if (action === 'add' && worker === undefined) this.#add();
    else if (action === 'start' && worker === undefined) this.#turn(true);
    else if (action === 'stop' && worker === undefined) this.#turn(false);
    else if (action === 'reset' && worker === undefined) await this.#reset();
    else throw new UnknownAction(action);
    this.#listeners.changed();
  }

  watch(listener: () => void): () => void {
    if (!this.#looking) {
      for (let count = 0; count < FIRST_WORKERS; count += 1) this.#crew.add();
      this.#looking = setInterval(() => {
        this.#look = this.#look.then(() => this.#observe());
      }, LOOK_EVERY_MS);
    }
    const forget = this.#listeners.add(listener);
    return () => {
      forget();
      // Nobody watches: give the machine back.
      if (this.#listeners.size === 0) this.#turn(false);
    };
  }

  async close(): Promise<void> {
    clearInterval(this.#looking);
    this.#listeners.close();
    await this.#look;
    await this.#crew.close();
  }

  #add(): void {
    const worker = this.#crew.add();
    this.#log.add(`${worker.name} joined.`);
    this.#crew.tell(worker.id, { type: 'hammer', on: this.#on });
  }

  #turn(on: boolean): void {
    if (this.#on === on) return;
    this.#on = on;
    this.#crew.tellAll({ type: 'hammer', on });
    this.#log.add(on ? 'The workers started.' : 'The workers stopped.');
  }

  async #reset(): Promise<void> {
    if (this.#on || this.#tallies.total.inFlight > 0) {
      throw new CrewError('stop the workers first: additions under way would be counted anew');
    }
    // Not during a look: it would come back with what was before.
    const done = this.#look.then(async () => {
      await this.#counter.reset();
      this.#tallies.reset();
      this.#seen = undefined;
      this.#log.add('The counter is back at 0.');
    });
    this.#look = done.catch(() => {});
    await done;
  }

  async #observe(): Promise<void> {
    if (this.#listeners.size === 0) return;
    try {
      const before = this.#tallies.total;
      const value = await this.#counter.get();
      await sleep(HEARD_WITHIN_MS);
      const { started, refused } = this.#tallies.total;
      const settled = !this.#on && before.inFlight === 0 && before.started === started;
      this.#seen = { value, least: before.acknowledged, most: started - refused, settled };
    } catch (error) {
      this.#log.add(`The store did not answer: ${error instanceof Error ? error.message : error}`);
    }
    this.#rate.tick(this.#tallies.total.acknowledged);
    this.#listeners.changed();
  }

  #heard(worker: Worker, report: HammerReport): void {
    if (report.type === 'started') this.#tallies.started(worker.id, report.count);
    else if (report.type === 'ended') this.#tallies.ended(worker.id, report);
    else if (report.type === 'failed') this.#log.add(`${worker.name} failed: ${report.message}`);
  }

  #ended(worker: Worker): void {
    const inDoubt = this.#tallies.died(worker.id);
    this.#log.add(`${worker.name} was killed with ${inDoubt} additions under way.`);
    this.#listeners.changed();
  }
}
