import {
  createSessionStore,
  type SessionConflictError,
  SessionDestroyedError,
  type SessionStore,
} from '@grovekv/ext-session';
import { isKvError, type Store } from '@grovekv/kv-core';
import { CrewError } from '../workers/crew.js';
import { type Demo, UnknownAction } from './demo.js';
import { Device, type VisitData } from './device.js';
import { EventLog } from './event-log.js';
import { Listeners } from './listeners.js';

const LOOK_EVERY_MS = 250;
const USERS = ['ada', 'grace'] as const;
type User = (typeof USERS)[number];

/** A session as the list of its user's shows it. */
interface Listed {
  readonly device: number;
  readonly name: string;
  readonly since: number;
}

/** Two devices that log in, and everything that may end their sessions. */
export class SessionDemo implements Demo {
  readonly #sessions: SessionStore<VisitData>;
  readonly #devices: readonly Device[];
  readonly #listeners = new Listeners();
  readonly #log = new EventLog();
  #users: readonly { readonly user: User; readonly sessions: readonly Listed[] }[] = [];
  #looking: NodeJS.Timeout | undefined;
  /** One thing after the other: what the page shows then follows from what was pressed. */
  #queue: Promise<void> = Promise.resolve();

  constructor(store: Store) {
    this.#sessions = createSessionStore<VisitData>(store, { ttlMs: 15 * 60_000 });
    this.#devices = ['Laptop', 'Phone'].map((name, id) => new Device(id, name, this.#sessions));
  }

  snapshot(): object {
    return {
      devices: this.#devices.map((device) => device.state),
      users: this.#users,
      events: this.#log.latest,
    };
  }

  act(action: string, worker: number | undefined): Promise<void> {
    const work = this.#workOf(action, worker);
    return this.#enqueue(async () => {
      const text = await work();
      this.#log.add(text);
      await this.#look();
    });
  }

  watch(listener: () => void): () => void {
    if (!this.#looking) {
      this.#looking = setInterval(() => {
        if (this.#listeners.size > 0) this.#enqueue(() => this.#look()).catch(() => {});
      }, LOOK_EVERY_MS);
      this.#enqueue(async () => {
        for (const device of this.#devices) await device.visit();
        await this.#look();
      }).catch(() => {});
    }
    return this.#listeners.add(listener);
  }

  async close(): Promise<void> {
    clearInterval(this.#looking);
    this.#listeners.close();
    await this.#queue;
  }

  #workOf(action: string, worker: number | undefined): () => Promise<string> {
    if (worker === undefined) {
      const user = USERS.find((name) => action === `revoke-all-${name}`);
      if (user) return () => this.#revokeAll(user);
      throw new UnknownAction(action);
    }
    const device = this.#devices[worker];
    if (!device) throw new UnknownAction(action);
    const user = USERS.find((name) => action === `log-in-${name}`);
    if (user) return () => device.logIn(user);
    const works: Readonly<Record<string, () => Promise<string>>> = {
      visit: () => device.visit(),
      'log-out': () => device.logOut(),
      'two-fields': () => this.#refusals(() => device.twoTabs(true)),
      'one-field': () => this.#refusals(() => device.twoTabs(false)),
      race: () => this.#refusals(() => device.saveAfterLogOut()),
      revoke: () => this.#revoke(device),
    };
    const work = Object.hasOwn(works, action) ? works[action] : undefined;
    if (!work) throw new UnknownAction(action);
    return work;
  }

  /** A refusal is what some buttons are there to show. */
  async #refusals(work: () => Promise<string>): Promise<string> {
    try {
      return await work();
    } catch (error) {
      if (isKvError(error, 'SESSION_CONFLICT')) {
        const { fields } = error as SessionConflictError;
        return `SessionConflictError: both tabs changed ${fields.join(', ')}; the second save was refused.`;
      }
      if (isKvError(error, 'SESSION_DESTROYED')) {
        return `${SessionDestroyedError.name}: the save came after the log-out and brought nothing back.`;
      }
      throw error;
    }
  }

  async #revokeAll(user: User): Promise<string> {
    const any = await this.#sessions.revokeAll(user);
    return any ? `All sessions of ${user} ended by one write.` : `${user} had no sessions.`;
  }

  async #revoke(device: Device): Promise<string> {
    for (const user of USERS) {
      const listed = await this.#sessions.list(user);
      const found = listed.find(({ data }) => data.device === device.id);
      if (found && (await this.#sessions.revoke(user, found.handle))) {
        return `${user} revoked the session on the ${device.name}.`;
      }
    }
    throw new CrewError(`nobody is logged in on the ${device.name}`);
  }

  async #look(): Promise<void> {
    for (const device of this.#devices) await device.look();
    this.#users = await Promise.all(
      USERS.map(async (user) => {
        const listed = await this.#sessions.list(user);
        const sessions = listed.map(({ data, createdAt }) => ({
          device: data.device,
          name: this.#devices[data.device]?.name ?? 'unknown',
          since: createdAt,
        }));
        return { user, sessions };
      }),
    );
    this.#listeners.changed();
  }

  #enqueue(work: () => Promise<void>): Promise<void> {
    const done = this.#queue.then(work);
    this.#queue = done.catch(() => {});
    return done;
  }
}
