import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { StoreAddress } from '../store/address.js';
import type { Keeper } from './keeper.js';
import type { CommonReport, Order, Role } from './messages.js';
import { spawnProcess } from './spawn.js';

/** A worker as its crew sees it. */
export interface Worker {
  readonly id: number;
  readonly name: string;
  readonly pid: number;
  state: 'running' | 'paused' | 'dead';
}

/** What a crew works on. */
export interface Site {
  readonly address: StoreAddress;
  readonly namespace: string;
  readonly keeper: Keeper;
}

/** How a crew is followed. */
export interface CrewEvents<R> {
  report(worker: Worker, report: R): void;
  ended(worker: Worker): void;
}

/** The request cannot be met; the message is for the user. */
export class CrewError extends Error {
  override readonly name = 'CrewError';
}

const MOST_WORKERS = 8;
const DEAD_SHOWN = 4;
const NAMES = ['Alder', 'Birch', 'Cedar', 'Elm', 'Fir', 'Hazel', 'Juniper', 'Larch', 'Maple'];
NAMES.push('Oak', 'Pine', 'Rowan', 'Sorrel', 'Thorn', 'Willow', 'Yew');

/** Worker processes that can be added, killed, paused and resumed. */
export class Crew<R extends { readonly type: string }> {
  readonly #site: Site;
  readonly #role: Role;
  readonly #events: CrewEvents<R>;
  readonly #processes = new Map<number, ChildProcess>();
  #workers: Worker[] = [];
  #hired = 0;

  constructor(role: Role, site: Site, events: CrewEvents<R>) {
    this.#role = role;
    this.#site = site;
    this.#events = events;
  }

  /** The living, and the latest of the dead. */
  get workers(): readonly Worker[] {
    return this.#workers;
  }

  add(): Worker {
    if (this.#living().length >= MOST_WORKERS) {
      throw new CrewError(`${MOST_WORKERS} workers are the most this page takes`);
    }
    const child = spawnProcess('./worker.ts');
    const id = this.#hired;
    this.#hired += 1;
    const name = `${NAMES[id % NAMES.length]}${id < NAMES.length ? '' : ` ${Math.floor(id / NAMES.length) + 1}`}`;
    const worker: Worker = { id, name, pid: child.pid ?? 0, state: 'running' };
    const { address, namespace, keeper } = this.#site;
    keeper.take('process', worker.pid);
    this.#processes.set(id, child);
    this.#workers.push(worker);
    child.on('message', (report: R | CommonReport) => {
      if (report.type === 'pausing') worker.state = 'paused';
      this.#events.report(worker, report as R);
    });
    child.on('exit', () => this.#bury(worker));
    child.on('error', () => child.kill('SIGKILL'));
    child.send({ type: 'begin', role: this.#role, name, store: address, namespace });
    return worker;
  }

  kill(id: number): void {
    this.#process(id).kill('SIGKILL');
  }

  pause(id: number): void {
    this.tell(id, { type: 'pause' });
  }

  resume(id: number): void {
    const process = this.#process(id);
    const worker = this.#workers.find((worker) => worker.id === id);
    if (worker) worker.state = 'running';
    process.kill('SIGCONT');
  }

  tell(id: number, order: Order): void {
    this.#process(id).send(order);
  }

  tellAll(order: Order): void {
    for (const { id } of this.#living()) this.tell(id, order);
  }

  /** Kills all, and waits until none is left. */
  async close(): Promise<void> {
    await Promise.all(
      [...this.#processes.values()].map(async (process) => {
        const exit = once(process, 'exit');
        process.kill('SIGKILL');
        await exit;
      }),
    );
  }

  #living(): Worker[] {
    return this.#workers.filter(({ state }) => state !== 'dead');
  }

  #process(id: number): ChildProcess {
    const process = this.#processes.get(id);
    if (!process?.connected) throw new CrewError('this worker has ended');
    return process;
  }

  #bury(worker: Worker): void {
    worker.state = 'dead';
    this.#processes.delete(worker.id);
    this.#site.keeper.release('process', worker.pid);
    const dead = this.#workers.filter(({ state }) => state === 'dead');
    const forgotten = new Set(dead.slice(0, Math.max(0, dead.length - DEAD_SHOWN)));
    this.#workers = this.#workers.filter((each) => !forgotten.has(each));
    this.#events.ended(worker);
  }
}
