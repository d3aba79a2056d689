import type { SessionBackend } from '../options.js';
import type { Fields } from '../session-record.js';
import { plain } from './express-store.js';
import { type AdapterOptions, ForeignSessions } from './foreign-sessions.js';

/** What `hono-sessions` asks of a store. */
export interface HonoSessionStore {
  getSessionById(id?: string): Promise<Record<string, unknown> | null | undefined>;
  createSession(id: string, data: object): Promise<void>;
  persistSessionData(id: string, data: object): Promise<void>;
  deleteSession(id: string): Promise<void>;
}

/**
 * A store for `hono-sessions`: `sessionMiddleware({ store: honoStore(store, { ttlMs }), … })`. What was
 * deleted is not brought back by a request under way. The library does not say what it had loaded, so of
 * parallel requests the last one to save counts; `createSessionStore` merges them.
 */
export function honoStore(backend: SessionBackend, options: AdapterOptions): HonoSessionStore {
  const sessions = new ForeignSessions(backend, options.prefix ?? 'hono', options);
  return {
    getSessionById: async (id) => (id ? await sessions.load(id) : undefined),
    async createSession(id, data) {
      await sessions.store(id, withoutId(data), undefined);
    },
    async persistSessionData(id, data) {
      await sessions.replace(id, withoutId(data));
    },
    deleteSession: (id) => sessions.destroy(id),
  };
}

/** The library puts the id among the data, and again whenever it has loaded them: it is a secret. */
function withoutId(data: object): Fields {
  const { _id, ...rest } = plain(data);
  return rest;
}
