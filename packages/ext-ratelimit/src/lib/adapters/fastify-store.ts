import { type HitStore, WindowHits } from './window-hits.js';

type Callback = (error: Error | null, result?: { current: number; ttl: number }) => void;

/** What `@fastify/rate-limit` asks of a store. */
export interface FastifyRateLimitStore {
  incr(key: string, callback: Callback, timeWindow?: number, max?: number): void;
  child(routeOptions: object): FastifyRateLimitStore;
}

/** The options that `@fastify/rate-limit` hands to a store, as far as they matter here. */
export interface FastifyStoreOptions {
  readonly timeWindow?: number | string | undefined;
}

/**
 * A class for `@fastify/rate-limit`: `fastify.register(rateLimit, { store: fastifyStore(store), … })`. It
 * counts in fixed windows. One increment a request. Each route has its own keys, as with the library's
 * other stores. `name`: the namespace of its keys, default `fastify`.
 */
export function fastifyStore(
  store: HitStore,
  name = 'fastify',
): new (
  options: FastifyStoreOptions,
) => FastifyRateLimitStore {
  const hits = new WindowHits(store, name, store.clock);
  class Counts implements FastifyRateLimitStore {
    readonly #windowMs: number;
    readonly #route: string;

    constructor(options: FastifyStoreOptions, route = '') {
      this.#windowMs = typeof options.timeWindow === 'number' ? options.timeWindow : 60_000;
      this.#route = route;
    }

    incr(key: string, callback: Callback, timeWindow = this.#windowMs): void {
      hits.hit(this.#route + key, timeWindow).then(
        ({ total, leftMs }) => callback(null, { current: total, ttl: leftMs }),
        (error: Error) => callback(error),
      );
    }

    child(
      routeOptions: FastifyStoreOptions & { routeInfo?: { method?: unknown; url?: string } },
    ): Counts {
      const { method, url } = routeOptions.routeInfo ?? {};
      return new Counts(
        { timeWindow: routeOptions.timeWindow ?? this.#windowMs },
        url === undefined ? this.#route : `${String(method ?? '')} ${url} `,
      );
    }
  }
  return Counts;
}
