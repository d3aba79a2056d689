import { ensurePrograms, findProgram, type ProgramName } from './programs.js';
import { startDynalite, startMemcached, startRedis, startRedisCluster } from './servers.js';

/** What the tests find in their environment. */
export interface ServiceEnv {
  readonly REDIS_URL: string;
  /** `host:port` of each node, joined by commas. */
  readonly REDIS_CLUSTER: string;
  readonly MEMCACHED_SERVERS: string;
  readonly DYNAMODB_ENDPOINT: string;
  readonly CHROMIUM_PATH: string;
}

/** The servers of a test run. */
export interface Services {
  readonly env: ServiceEnv;
  /** Which of `env` were given, not started here. */
  readonly given: readonly string[];
  stop(): Promise<void>;
}

interface Service {
  readonly needs: readonly ProgramName[];
  start(): Promise<{ readonly value: string; stop?(): Promise<void> }>;
}

const services: Record<keyof ServiceEnv, Service> = {
  REDIS_URL: { needs: ['redis-server'], start: async () => asValue(await startRedis()) },
  REDIS_CLUSTER: {
    needs: ['redis-server', 'redis-cli'],
    start: async () => {
      const cluster = await startRedisCluster();
      return { value: cluster.servers, stop: cluster.stop };
    },
  },
  MEMCACHED_SERVERS: { needs: ['memcached'], start: async () => asValue(await startMemcached()) },
  DYNAMODB_ENDPOINT: { needs: [], start: async () => asValue(await startDynalite()) },
  CHROMIUM_PATH: {
    needs: ['chromium'],
    start: async () => ({ value: findProgram('chromium') ?? '' }),
  },
};

/**
 * Starts every server that `env` does not name already, installing missing programs where it can.
 * A server that cannot be had is an error: no suite is skipped for want of one.
 */
export async function startServices(
  env: Partial<Record<string, string>> = process.env,
): Promise<Services> {
  const names = Object.keys(services) as (keyof ServiceEnv)[];
  const given = names.filter((name) => env[name]);
  const missing = names.filter((name) => !env[name]);
  ensurePrograms([...new Set(missing.flatMap((name) => services[name].needs))]);

  const results = await Promise.allSettled(missing.map((name) => services[name].start()));
  const started = results.flatMap((result) =>
    result.status === 'fulfilled' ? [result.value] : [],
  );
  const stop = async (): Promise<void> => {
    await Promise.all(started.map((service) => service.stop?.()));
  };
  const failed = results.find((result) => result.status === 'rejected');
  if (failed) {
    await stop();
    throw failed.reason;
  }
  const values = missing.map((name, index) => [name, started[index]?.value]);
  const all = Object.fromEntries([...given.map((name) => [name, env[name]]), ...values]);
  return { env: all as ServiceEnv, given, stop };
}

function asValue(server: { url: string; stop(): Promise<void> }) {
  return { value: server.url, stop: server.stop };
}
