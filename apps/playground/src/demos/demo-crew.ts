import { Crew, type Site, type Worker } from '../workers/crew.js';
import type { Order, Role } from '../workers/messages.js';
import { EventLog, type LoggedEvent } from './event-log.js';
import { Listeners } from './listeners.js';

/** What the workers of a demo do, and who follows them. */
export interface DemoCrewOptions<R> {
  readonly role: Role;
  /** So many are there when somebody looks for the first time. */
  readonly first: number;
  readonly lookEveryMs: number;
  /** Hears what a worker tells; of failures the log has it already. */
  heard(worker: Worker, report: R): void;
  /** Hears of a worker's end; what it answers follows the words that it was killed. */
  ended?(worker: Worker): string;
  /** Looks at the store, again and again while somebody watches. */
  observe?(): Promise<void>;
  /** Nobody watches any longer. */
  unwatched?(): void;
}

/** The workers of a demo: they come when somebody looks, can be added and killed, and have a log. */
export class DemoCrew<R extends { readonly type: string }> {
  readonly #options: DemoCrewOptions<R>;
  readonly #crew: Crew<R>;
  readonly #listeners = new Listeners();
  readonly #log = new EventLog();
  #order: Order | undefined;
  #looking: NodeJS.Timeout | undefined;
  #look: Promise<void> = Promise.resolve();

  constructor(site: Site, options: DemoCrewOptions<R>) {
    this.#options = options;
    this.#crew = new Crew(options.role, site, {
      report: (worker, report) => this.#heard(worker, report),
      ended: (worker) => {
        this.log(`${worker.name} was killed${options.ended?.(worker) ?? ''}.`);
        this.changed();
      },
    });
  }

  /** The living and the latest of the dead, each with what `of` knows of it. */
  workers<T extends object>(of: (worker: Worker) => T): (Worker & T)[] {
    return this.#crew.workers.map((worker) => ({ ...worker, ...of(worker) }));
  }

  get events(): readonly LoggedEvent[] {
    return this.#log.latest;
  }

  get watched(): boolean {
    return this.#listeners.size > 0;
  }

  log(text: string): void {
    this.#log.add(text);
  }

  changed(): void {
    this.#listeners.changed();
  }

  /** Does what a button asks of a crew; answers whether it was such a button. */
  act(action: string, worker: number | undefined): boolean {
    if (action === 'kill' && worker !== undefined) this.#crew.kill(worker);
    else if (action === 'add' && worker === undefined) this.#add();
    else return false;
    return true;
  }

  pause(worker: number): void {
    this.#crew.pause(worker);
  }

  resume(worker: number): void {
    this.#crew.resume(worker);
  }

  /** Tells it to all, and from now on to each that is added. */
  tellAll(order: Order): void {
    this.#order = order;
    this.#crew.tellAll(order);
  }

  /** See `Demo`. */
  watch(listener: () => void): () => void {
    if (!this.#looking) {
      for (let count = 0; count < this.#options.first; count += 1) this.#crew.add();
      this.#looking = setInterval(() => {
        this.#look = this.#look.then(() => this.look());
      }, this.#options.lookEveryMs);
    }
    const forget = this.#listeners.add(listener);
    return () => {
      forget();
      if (!this.watched) this.#options.unwatched?.();
    };
  }

  /** Looks at the store, out of turn. */
  async look(): Promise<void> {
    if (!this.watched) return;
    try {
      await this.#options.observe?.();
    } catch (error) {
      this.log(`The store did not answer: ${error instanceof Error ? error.message : error}`);
    }
    this.changed();
  }

  /** Does something while no look is under way. */
  async betweenLooks(work: () => Promise<void>): Promise<void> {
    const done = this.#look.then(work);
    this.#look = done.catch(() => {});
    await done;
  }

  async close(): Promise<void> {
    clearInterval(this.#looking);
    this.#listeners.close();
    await this.#look;
    await this.#crew.close();
  }

  #add(): void {
    const worker = this.#crew.add();
    this.log(`${worker.name} joined.`);
    if (this.#order) this.#crew.tell(worker.id, this.#order);
  }

  #heard(worker: Worker, report: R): void {
    if (report.type === 'failed' && 'message' in report) {
      this.log(`${worker.name} failed: ${report.message}`);
      this.changed();
    }
    this.#options.heard(worker, report);
  }
}
