import { KvError, type Store } from '@grovekv/kv-core';
import type { SessionsUnderTest, SessionUnderTest } from '../src/index.js';

type Data = Record<string, unknown>;

/** What an id leads to by its hash: the number of a session, which stays while ids change. */
interface SessionRecord {
  readonly data: Data;
  readonly user?: string | undefined;
  readonly changes: readonly string[];
  readonly dead?: true;
}

interface SimpleSession extends SessionUnderTest {
  readonly data: Data;
  base: Data;
}

interface Settings {
  readonly prefix: string;
  readonly ttlMs: number;
  readonly maxPerUser?: number;
}

/** The least that correct sessions are; the broken ones override a method. */
export class SimpleSessions implements SessionsUnderTest<SimpleSession> {
  protected readonly store: Store;
  protected readonly settings: Settings;

  constructor(store: Store, settings: Settings) {
    this.store = store.namespace(settings.prefix);
    this.settings = settings;
  }

  async create(data: Data, { user }: { readonly user?: string | undefined } = {}) {
    const [id, number] = [newId(), newId()];
    await this.put(number, { data, changes: [], ...(user !== undefined && { user }) });
    await this.store.set(`id:${await this.nameOf(id)}`, number);
    if (user !== undefined) await this.edit(user, (numbers) => [...numbers, number]);
    return this.loaded(id, data);
  }

  async get(id: string): Promise<SimpleSession | undefined> {
    const number = await this.numberOf(id);
    const record = number === undefined ? undefined : await this.read(number);
    return record && this.loaded(id, record.data);
  }

  async save(session: SimpleSession): Promise<void> {
    const { base, data } = session;
    await this.change(session.id, (record) => ({
      ...record,
      data: this.merge(record, base, data),
    }));
    session.base = structuredClone(data);
  }

  async touch(session: SimpleSession): Promise<boolean> {
    try {
      await this.change(session.id, (record) => record);
      return true;
    } catch (error) {
      if ((error as KvError).code === 'SESSION_DESTROYED') return false;
      throw error;
    }
  }

  async destroy(session: SimpleSession | string): Promise<boolean> {
    const number = await this.numberOf(typeof session === 'string' ? session : session.id);
    if (number === undefined || !(await this.read(number))) return false;
    await this.store.update<SessionRecord, undefined>(
      `session:${number}`,
      (record) =>
        record
          ? { put: { ...record, dead: true }, ttlMs: 60_000, result: undefined }
          : { keep: true, result: undefined },
      { idempotent: true },
    );
    return true;
  }

  async regenerate(
    session: SimpleSession,
    { user }: { readonly user?: string | null | undefined } = {},
  ) {
    const number = await this.numberOf(session.id);
    if (number === undefined) throw destroyed();
    const id = newId();
    const { base, data } = session;
    const owner = user ?? undefined;
    if (owner !== undefined) await this.edit(owner, (numbers) => [...numbers, number]);
    await this.change(session.id, (record) => ({
      ...record,
      data: this.merge(record, base, data),
      ...(owner !== undefined && { user: owner }),
    }));
    await this.store.set(`id:${await this.nameOf(id)}`, number);
    if (user !== undefined) await this.forget(session.id);
    return this.loaded(id, data);
  }

  async list(user: string): Promise<{ handle: string }[]> {
    const numbers = await this.numbers(user);
    const records = await Promise.all(numbers.map((number) => this.read(number)));
    return numbers.filter((_, at) => records[at]).map((handle) => ({ handle }));
  }

  revoke(user: string, handle: string): Promise<boolean> {
    return this.edit(user, (numbers) => numbers.filter((number) => number !== handle));
  }

  revokeAll(user: string): Promise<boolean> {
    return this.edit(user, () => []);
  }

  protected async nameOf(id: string): Promise<string> {
    const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(id));
    return Buffer.from(digest).toString('hex');
  }

  protected async numberOf(id: string): Promise<string | undefined> {
    return this.store.get<string>(`id:${await this.nameOf(id)}`);
  }

  protected async forget(id: string): Promise<void> {
    await this.store.delete(`id:${await this.nameOf(id)}`);
  }

  protected merge(record: SessionRecord, base: Data, data: Data): Data {
    const next = { ...record.data };
    for (const name of Object.keys(data)) {
      if (text(data[name]) === text(base[name])) continue;
      const now = text(record.data[name]);
      if (now !== text(base[name]) && now !== text(data[name])) {
        throw new KvError('SESSION_CONFLICT', `${name} was changed meanwhile`);
      }
      next[name] = data[name];
    }
    return next;
  }

  protected async put(number: string, record: SessionRecord): Promise<void> {
    await this.store.set(`session:${number}`, record, { ttlMs: this.settings.ttlMs });
  }

  protected async numbers(user: string): Promise<string[]> {
    return (await this.store.get<string[]>(`user:${user}`)) ?? [];
  }

  /** Changes the list of a user; whether it was another afterwards. */
  protected edit(user: string, edit: (numbers: string[]) => string[]): Promise<boolean> {
    return this.store.update<string[], boolean>(
      `user:${user}`,
      (numbers = []) => {
        const next = this.limited(edit(numbers));
        const same = text(next) === text(numbers);
        return same ? { keep: true, result: false } : { put: next, result: true };
      },
      { idempotent: true },
    );
  }

  protected limited(numbers: string[]): string[] {
    return [...new Set(numbers)].slice(-(this.settings.maxPerUser ?? 100));
  }

  /** The session of a number, if it counts. */
  protected async read(number: string): Promise<SessionRecord | undefined> {
    const record = await this.store.get<SessionRecord>(`session:${number}`);
    if (!record || record.dead) return undefined;
    return (await this.counts(number, record)) ? record : undefined;
  }

  protected async counts(number: string, { user }: SessionRecord): Promise<boolean> {
    return user === undefined || (await this.numbers(user)).includes(number);
  }

  protected async change(
    id: string,
    edit: (record: SessionRecord) => SessionRecord,
  ): Promise<void> {
    const number = await this.numberOf(id);
    const change = newId();
    const { ttlMs } = this.settings;
    const record = await this.store.update<SessionRecord, SessionRecord>(
      `session:${number ?? 'none'}`,
      (current) => {
        if (!current || current.dead) throw destroyed();
        if (current.changes.includes(change)) return { keep: true, result: current };
        const changes = [change, ...current.changes.slice(0, 15)];
        const put = { ...edit(current), changes };
        return { put, ttlMs, result: put };
      },
      { idempotent: true },
    );
    if (!(await this.counts(number as string, record))) throw destroyed();
  }

  protected loaded(id: string, data: Data): SimpleSession {
    return { id, data: structuredClone(data), base: structuredClone(data) };
  }
}

function newId(): string {
  return (crypto.randomUUID() + crypto.randomUUID()).replaceAll('-', '');
}

function text(value: unknown): string | undefined {
  return JSON.stringify(value);
}

function destroyed(): KvError {
  return new KvError('SESSION_DESTROYED', 'the session is not there any more');
}

export const brokenSessions: Readonly<Record<string, typeof SimpleSessions>> = {
  'saves by set, and brings back what was destroyed': class extends SimpleSessions {
    override async save({ id, data }: SimpleSession) {
      const number = await this.numberOf(id);
      if (number === undefined) throw destroyed();
      await this.put(number, { data, changes: [] });
    }
  },
  'touches by set': class extends SimpleSessions {
    override async touch({ id, data }: SimpleSession) {
      await this.put((await this.numberOf(id)) as string, { data, changes: [] });
      return true;
    }
  },
  'overwrites what others have changed': class extends SimpleSessions {
    override merge({ data }: SessionRecord, _: Data, next: Data) {
      return { ...data, ...next };
    }
  },
  'adopts an id that it does not know': class extends SimpleSessions {
    override async get(id: string) {
      const found = await super.get(id);
      if (found) return found;
      const number = newId();
      await this.put(number, { data: {}, changes: [] });
      await this.store.set(`id:${await this.nameOf(id)}`, number);
      return this.loaded(id, {});
    }
  },
  'keeps ids as they are': class extends SimpleSessions {
    override async nameOf(id: string) {
      return id || 'empty';
    }
  },
  'keeps the old id alive at a log-in': class extends SimpleSessions {
    override async forget() {}
  },
  'does not look at the list of the user': class extends SimpleSessions {
    override async counts() {
      return true;
    }
  },
  'limits nobody': class extends SimpleSessions {
    override limited(numbers: string[]) {
      return [...new Set(numbers)];
    }
  },
  'never ends what is idle': class extends SimpleSessions {
    override async put(number: string, record: SessionRecord) {
      await this.store.set(`session:${number}`, record);
    }
  },
  'lists by get and set': class extends SimpleSessions {
    override async edit(user: string, edit: (numbers: string[]) => string[]) {
      const numbers = await this.numbers(user);
      const next = this.limited(edit(numbers));
      if (text(next) === text(numbers)) return false;
      // The reference driver answers at once; a server does not.
      await new Promise((resolve) => setTimeout(resolve, 1));
      return this.store.set(`user:${user}`, next);
    }
  },
};
