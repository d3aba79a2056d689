import type { Site } from '../workers/crew.js';
import { DemoCrew, type DemoCrewOptions } from './demo-crew.js';

/** A crew that can be started and stopped, and stops when nobody watches, to give the machine back. */
export class SwitchedCrew<R extends { readonly type: string }> extends DemoCrew<R> {
  #on = false;

  constructor(site: Site, options: Omit<DemoCrewOptions<R>, 'unwatched'>) {
    super(site, { ...options, unwatched: () => this.#turn(false) });
  }

  get on(): boolean {
    return this.#on;
  }

  override act(action: string, worker: number | undefined): boolean {
    if (action === 'start' && worker === undefined) this.#turn(true);
    else if (action === 'stop' && worker === undefined) this.#turn(false);
    else return super.act(action, worker);
    return true;
  }

  #turn(on: boolean): void {
    if (this.#on === on) return;
    this.#on = on;
    this.tellAll({ type: 'hammer', on });
    this.log(on ? 'The workers started.' : 'The workers stopped.');
  }
}
