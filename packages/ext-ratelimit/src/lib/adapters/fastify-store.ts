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

type RouteOptions = FastifyStoreOptions & {
  readonly routeInfo?: { readonly method?: unknown; readonly url?: string };
};

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
  // The library makes objects that inherit from a store: private fields would not be there.
  class Counts implements FastifyRateLimitStore {
    readonly incr: FastifyRateLimitStore['incr'];
    readonly child: FastifyRateLimitStore['child'];

    constructor(options: FastifyStoreOptions, route = '') {
      const own = typeof options.timeWindow === 'number' ? options.timeWindow : 60_000;
      this.incr = (key, callback, timeWindow = own) => {
        hits.hit(route + key, timeWindow).then(
          ({ total, leftMs }) => callback(null, { current: total, ttl: leftMs }),
          (error: Error) => callback(error),
        );
      };
      this.child = (routeOptions: RouteOptions) => {
        const { method, url } = routeOptions.routeInfo ?? {};
        const timeWindow = routeOptions.timeWindow ?? own;
        return new Counts({ timeWindow }, url === undefined ? route : `${method ?? ''} ${url} `);
      };
    }
  }
  return Counts;
}
