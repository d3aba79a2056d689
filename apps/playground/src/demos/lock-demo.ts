import type { HolderState, Lock } from '@grovekv/ext-lock';
import type { Store } from '@grovekv/kv-core';
import { LEASE_MS, theLock } from '../workers/contend.js';
import { Crew, type Site, type Worker } from '../workers/crew.js';
import { FencedRegister, type RegisterState } from '../workers/fenced-register.js';
import type { ContendReport } from '../workers/messages.js';
import { type Demo, UnknownAction } from './demo.js';
import { EventLog } from './event-log.js';
import { HoldHistory } from './hold-history.js';
import { Listeners } from './listeners.js';

const FIRST_WORKERS = 3;
const LOOK_EVERY_MS = 200;
const REFUSALS_SHOWN = 4;

/** Worker processes that contend for one lock, and the register that it protects. */
export class LockDemo implements Demo {
  readonly #lock: Lock;
  readonly #register: FencedRegister;
  readonly #crew: Crew<ContendReport>;
  readonly #listeners = new Listeners();
  readonly #history = new HoldHistory(LEASE_MS);
  readonly #log = new EventLog();
  readonly #doing = new Map<number, 'starting' | 'waiting' | 'holding' | 'resting'>();
  readonly #writes = { accepted: 0, refused: 0 };
  readonly #refusals: { at: number; name: string; fence: number; seen: number }[] = [];
  #holder: HolderState | undefined;
  #registered: RegisterState | undefined;
  #looking: NodeJS.Timeout | undefined;
  #look: Promise<void> = Promise.resolve();

  constructor(store: Store, site: Site) {
    this.#lock = theLock(store, 'playground');
    this.#register = new FencedRegister(store);
    this.#crew = new Crew('contend', site, {
      report: (worker, report) => this.#heard(worker, report),
      ended: (worker) => {
        this.#log.add(`${worker.name} was killed.`);
        this.#listeners.changed();
      },
    });
  }

  snapshot(): object {
    const holder = this.#holder;
    return {
      now: Date.now(),
      leaseMs: LEASE_MS,
      holder: holder && {
        name: holder.owner,
        fence: holder.fence,
        remainingMs: holder.remainingMs,
      },
      workers: this.#crew.workers.map((worker) => ({
        ...worker,
        doing: this.#doing.get(worker.id) ?? 'starting',
      })),
      holds: this.#history.holds,
      register: { ...this.#registered, ...this.#writes, refusals: this.#refusals },
      events: this.#log.latest,
    };
  }

  async act(action: string, worker: number | undefined): Promise<void> {
    if (action === 'add' && worker === undefined) this.#log.add(`${this.#crew.add().name} joined.`);
    else if (action === 'kill' && worker !== undefined) this.#crew.kill(worker);
    else if (action === 'pause' && worker !== undefined) this.#crew.pause(worker);
    else if (action === 'resume' && worker !== undefined) this.#crew.resume(worker);
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
    return this.#listeners.add(listener);
  }

  async close(): Promise<void> {
    clearInterval(this.#looking);
    this.#listeners.close();
    await this.#look;
    await this.#crew.close();
  }

  async #observe(): Promise<void> {
    if (this.#listeners.size === 0) return;
    try {
      const [state, registered] = await Promise.all([this.#lock.inspect(), this.#register.read()]);
      this.#holder = state.holders[0];
      this.#registered = registered;
      this.#history.observed(this.#holder?.fence, this.#holder?.remainingMs ?? 0, Date.now());
    } catch (error) {
      this.#log.add(`The store did not answer: ${error instanceof Error ? error.message : error}`);
    }
    this.#listeners.changed();
  }

  #heard(worker: Worker, report: ContendReport): void {
    const now = Date.now();
    switch (report.type) {
      case 'waiting':
        this.#doing.set(worker.id, 'waiting');
        break;
      case 'acquired': {
        this.#doing.set(worker.id, 'holding');
        const before = this.#history.acquired(worker.id, worker.name, report.fence, now);
        const from = before ? ` from ${before.name}, whose lease had run out` : '';
        this.#log.add(`${worker.name} took the lock${from}.`);
        break;
      }
      case 'released':
      case 'lost':
        this.#doing.set(worker.id, 'resting');
        this.#history.ended(report.fence, report.type, now);
        if (report.type === 'lost') this.#log.add(`${worker.name} found its lease lost.`);
        break;
      case 'wrote':
        this.#wrote(worker, report, now);
        break;
      case 'pausing':
        this.#log.add(`${worker.name} was paused.`);
        break;
      case 'failed':
        this.#log.add(`${worker.name} failed: ${report.message}`);
        break;
    }
    this.#listeners.changed();
  }

  #wrote(worker: Worker, report: ContendReport & { type: 'wrote' }, at: number): void {
    this.#writes[report.accepted ? 'accepted' : 'refused'] += 1;
    if (report.accepted) return;
    const { fence, seen } = report;
    this.#refusals.unshift({ at, name: worker.name, fence, seen });
    this.#refusals.splice(REFUSALS_SHOWN);
    this.#log.add(`The register refused a stale write of ${worker.name}.`);
  }
}
