import type { SessionBackend } from '../options.js';
import type { Fields } from '../session-record.js';
import { type AdapterOptions, ForeignSessions } from './foreign-sessions.js';

type Callback<T = void> = (error?: unknown, result?: T) => void;

/** The `Store` class of the module `express-session`, as far as it matters here. Its types call it abstract. */
export type ExpressStoreClass = abstract new () => {
  createSession(request: unknown, session: object): object;
};

/** What `express-session` asks of a store. */
export interface ExpressSessionStore {
  get(id: string, callback: Callback<object | null>): void;
  set(id: string, session: object, callback?: Callback): void;
  destroy(id: string, callback?: Callback): void;
  touch(id: string, session: object, callback?: Callback): void;
}

/** Set anew by each request: the last one counts. */
const OWN = ['cookie'];

/**
 * A store for `express-session`: `session({ store: expressStore(session, store, { ttlMs }), … })`. A save
 * after a destroy stores nothing, a touch never makes a session, parallel requests keep each other's
 * fields; a field that two have changed is a `SessionConflictError`. The time to live is that of the
 * cookie, else `ttlMs`.
 */
export function expressStore<S extends ExpressStoreClass>(
  module: { readonly Store: S },
  backend: SessionBackend,
  options: AdapterOptions,
): InstanceType<S> & ExpressSessionStore {
  const sessions = new ForeignSessions(backend, options.prefix ?? 'express', options);
  /** What a session was when it was loaded, by the object that stands for it. */
  const bases = new WeakMap<object, Fields>();
  const { clock } = backend;

  const Base = module.Store as unknown as new () => InstanceType<ExpressStoreClass>;
  class GroveStore extends Base implements ExpressSessionStore {
    override createSession(request: unknown, loaded: object): object {
      const session = super.createSession(request, loaded);
      const base = bases.get(loaded);
      if (base) bases.set(session, base);
      return session;
    }

    get(id: string, callback: Callback<object | null>): void {
      answer(async () => {
        const loaded = await sessions.load(id);
        if (!loaded) return null;
        bases.set(loaded, plain(loaded));
        return loaded;
      }, callback);
    }

    set(id: string, session: object, callback?: Callback): void {
      const next = plain(session);
      answer(async () => {
        const ttlMs = lifeOf(session, clock.now());
        await sessions.store(id, next, bases.get(session), {
          own: OWN,
          ...(ttlMs !== undefined && { ttlMs }),
        });
        bases.set(session, next);
      }, callback);
    }

    destroy(id: string, callback?: Callback): void {
      answer(() => sessions.destroy(id), callback);
    }

    touch(id: string, session: object, callback?: Callback): void {
      answer(async () => {
        await sessions.touch(id, lifeOf(session, clock.now()));
      }, callback);
    }
  }
  return new GroveStore() as unknown as InstanceType<S> & ExpressSessionStore;
}

/** What `JSON.stringify` makes of it, as this library's own stores do: its cookie has a `toJSON`. */
export function plain(session: object): Fields {
  return JSON.parse(JSON.stringify(session)) as Fields;
}

/** What is left of its cookie, if that ends. */
export function lifeOf(session: object, now: number): number | undefined {
  const { cookie } = session as { cookie?: { expires?: unknown } };
  const expires = cookie?.expires;
  if (!(expires instanceof Date) && typeof expires !== 'string') return undefined;
  const leftMs = new Date(expires).getTime() - now;
  return Number.isNaN(leftMs) ? undefined : Math.max(1, leftMs);
}

/** Calls back outside the promise, so that what the callback throws is no rejection. */
export function answer<T>(work: () => Promise<T>, callback: Callback<T> | undefined): void {
  const later = (run: () => void): void => {
    setTimeout(run, 0);
  };
  work().then(
    (result) => later(() => callback?.(null, result)),
    (error: unknown) => later(() => callback?.(error)),
  );
}
