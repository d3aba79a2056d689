import type { SessionBackend } from '../options.js';
import type { Fields } from '../session-record.js';
import { answer, lifeOf, plain } from './express-store.js';
import { type AdapterOptions, ForeignSessions } from './foreign-sessions.js';

/** What `@fastify/session` asks of a store. */
export interface FastifySessionStore {
  get(id: string, callback: (error: unknown, session?: object | null) => void): void;
  set(id: string, session: object, callback: (error?: unknown) => void): void;
  destroy(id: string, callback: (error?: unknown) => void): void;
}

/** The library copies the fields of what it gets, so what was loaded goes along as one of them. */
const BASE = '__groveLoaded';
const OWN = ['cookie'];

/**
 * A store for `@fastify/session`: `fastify.register(session, { store: fastifyStore(store, { ttlMs }), … })`.
 * A save after a destroy stores nothing, parallel requests keep each other's fields; a field that two have
 * changed is a `SessionConflictError`. The time to live is that of the cookie, else `ttlMs`.
 */
export function fastifyStore(
  backend: SessionBackend,
  options: AdapterOptions,
): FastifySessionStore {
  const sessions = new ForeignSessions(backend, options.prefix ?? 'fastify', options);
  return {
    get(id, callback) {
      answer(async () => {
        const loaded = await sessions.load(id);
        return loaded ? { ...loaded, [BASE]: JSON.stringify(loaded) } : null;
      }, callback);
    },
    set(id, session, callback) {
      const { [BASE]: base, ...next } = plain(session) as Record<string, unknown>;
      answer(async () => {
        const loaded = typeof base === 'string' ? (JSON.parse(base) as Fields) : undefined;
        const ttlMs = lifeOf(session, backend.clock.now());
        await sessions.store(id, next, loaded, { own: OWN, ...(ttlMs !== undefined && { ttlMs }) });
        // Of a session that is saved twice, the second time starts from the first.
        Reflect.set(session, BASE, JSON.stringify(next));
      }, callback);
    },
    destroy(id, callback) {
      answer(() => sessions.destroy(id), callback);
    },
  };
}
