import type { HolderState, Lock } from '@grovekv/ext-lock';
import type { Store } from '@grovekv/kv-core';
import { LEASE_MS, theLock } from '../workers/contend.js';
import type { Site, Worker } from '../workers/crew.js';
import { FencedRegister, type RegisterState } from '../workers/fenced-register.js';
import type { ContendReport } from '../workers/messages.js';
import { type Demo, UnknownAction } from './demo.js';
import { DemoCrew } from './demo-crew.js';
import { HoldHistory } from './hold-history.js';

const REFUSALS_SHOWN = 4;

/** Worker processes that contend for one lock, and the register that it protects. */
export class LockDemo implements Demo {
  readonly #lock: Lock;
  readonly #register: FencedRegister;
  readonly #crew: DemoCrew<ContendReport>;
  readonly #history = new HoldHistory(LEASE_MS);
  readonly #doing = new Map<number, 'starting' | 'waiting' | 'holding' | 'resting'>();
  readonly #writes = { accepted: 0, refused: 0 };
  readonly #refusals: { at: number; name: string; fence: number; seen: number }[] = [];
  #holder: HolderState | undefined;
  #registered: RegisterState | undefined;

  constructor(store: Store, site: Site) {
    this.#lock = theLock(store, 'playground');
    this.#register = new FencedRegister(store);
    this.#crew = new DemoCrew(site, {
      role: 'contend',
      first: 3,
      lookEveryMs: 200,
      heard: (worker, report) => this.#heard(worker, report),
      observe: () => this.#observe(),
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
      workers: this.#crew.workers(({ id }) => ({ doing: this.#doing.get(id) ?? 'starting' })),
      holds: this.#history.holds,
      register: { ...this.#registered, ...this.#writes, refusals: this.#refusals },
      events: this.#crew.events,
    };
  }

  async act(action: string, worker: number | undefined): Promise<void> {
    if (action === 'pause' && worker !== undefined) this.#crew.pause(worker);
    else if (action === 'resume' && worker !== undefined) this.#crew.resume(worker);
    else if (!this.#crew.act(action, worker)) throw new UnknownAction(action);
    this.#crew.changed();
  }

  watch(listener: () => void): () => void {
    return this.#crew.watch(listener);
  }

  close(): Promise<void> {
    return this.#crew.close();
  }

  async #observe(): Promise<void> {
    const [state, registered] = await Promise.all([this.#lock.inspect(), this.#register.read()]);
    this.#holder = state.holders[0];
    this.#registered = registered;
    this.#history.observed(this.#holder?.fence, this.#holder?.remainingMs ?? 0, Date.now());
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
        this.#crew.log(`${worker.name} took the lock${from}.`);
        break;
      }
      case 'released':
      case 'lost':
        this.#doing.set(worker.id, 'resting');
        this.#history.ended(report.fence, report.type, now);
        if (report.type === 'lost') this.#crew.log(`${worker.name} found its lease lost.`);
        break;
      case 'wrote':
        this.#wrote(worker, report, now);
        break;
      case 'pausing':
        this.#crew.log(`${worker.name} was paused.`);
        break;
    }
    this.#crew.changed();
  }

  #wrote(worker: Worker, report: ContendReport & { type: 'wrote' }, at: number): void {
    this.#writes[report.accepted ? 'accepted' : 'refused'] += 1;
    if (report.accepted) return;
    const { fence, seen } = report;
    this.#refusals.unshift({ at, name: worker.name, fence, seen });
    this.#refusals.splice(REFUSALS_SHOWN);
    this.#crew.log(`The register refused a stale write of ${worker.name}.`);
  }
}
