import { KvError } from '@grovekv/kv-core/driver';
import { Cluster, type ClusterNode, type ClusterOptions, Redis, type RedisOptions } from 'ioredis';

/** Where Redis is: one of the four. What the driver needs to be safe it sets itself, see the README. */
export type RedisTarget =
  | {
      /** `redis://user:password@host:port/db`, or `rediss:` for TLS. */
      readonly url: string;
      /** More settings of ioredis. */
      readonly options?: RedisOptions | undefined;
      readonly client?: undefined;
      readonly cluster?: undefined;
    }
  | {
      /** Settings of ioredis: host and port, a socket path, TLS, or `sentinels` and `name`. */
      readonly options: RedisOptions;
      readonly url?: undefined;
      readonly client?: undefined;
      readonly cluster?: undefined;
    }
  | {
      /** A client, used as a template: the driver opens a connection of its own by `duplicate()`. */
      readonly client: Redis | Cluster;
      readonly url?: undefined;
      readonly options?: undefined;
      readonly cluster?: undefined;
    }
  | {
      /** Some nodes of a Redis Cluster. */
      readonly cluster: readonly ClusterNode[];
      /** More settings of ioredis for clusters; those of its connections are in `redisOptions`. */
      readonly options?: ClusterOptions | undefined;
      readonly url?: undefined;
      readonly client?: undefined;
    };

/** Doubling from 25 ms to half a second, with jitter. */
function backoff(attempt: number): number {
  return Math.min(500, 25 * 2 ** Math.min(attempt - 1, 10)) * (0.75 + Math.random() / 2);
}

/**
 * What keeps a command from being sent twice, or long after its caller gave up: no resending, no queue
 * while there is no connection, no command left waiting when the connection closes.
 */
const SAFE = {
  lazyConnect: true,
  autoResendUnfulfilledCommands: false,
  maxRetriesPerRequest: 0,
  enableAutoPipelining: false,
  enableReadyCheck: true,
  stringNumbers: false,
  replyMapping: 'legacy' as const,
  commandTimeout: undefined,
} satisfies RedisOptions;

const STANDALONE = {
  ...SAFE,
  enableOfflineQueue: false,
  failoverDetector: true,
  retryStrategy: backoff,
  // The master became a replica: resolve its name anew. The command is not sent again.
  reconnectOnError: (error: Error) => error.message.startsWith('READONLY'),
} satisfies RedisOptions;

/** Opens nothing yet: the client connects when told to. */
export function createClient(target: RedisTarget): Redis | Cluster {
  if (target.client) {
    const { client } = target;
    if (isCluster(client)) {
      refuse(client.options);
      return client.duplicate([], clusterOptions(client.options));
    }
    refuse(client.options);
    return client.duplicate(STANDALONE);
  }
  if (target.cluster) {
    refuse(target.options ?? {});
    return new Cluster([...target.cluster], clusterOptions(target.options ?? {}));
  }
  if (target.url !== undefined) {
    // A url can hold any setting of ioredis and would win over ours, so it is read by a client first.
    const template = new Redis(target.url, { ...target.options, ...SAFE });
    try {
      refuse(template.options);
      return template.duplicate(STANDALONE);
    } finally {
      template.on('error', () => {});
      template.disconnect();
    }
  }
  if (target.options) {
    refuse(target.options);
    return new Redis({ sentinelCommandTimeout: 1_000, ...target.options, ...STANDALONE });
  }
  throw new KvError('INVALID_ARGUMENT', 'redisDriver needs a url, options, a client or a cluster');
}

function clusterOptions(options: ClusterOptions) {
  return {
    ...options,
    lazyConnect: true,
    // For a command that is redirected to a node that is still connecting; calls wait before they send.
    enableOfflineQueue: true,
    enableReadyCheck: true,
    enableAutoPipelining: false,
    scaleReads: 'master' as const,
    clusterRetryStrategy: backoff,
    clusterNodeRetryStrategy: null,
    // These two would send a command again whose reply was lost.
    retryDelayOnFailover: 0,
    retryDelayOnClusterDown: 0,
    redisOptions: { ...options.redisOptions, ...SAFE },
  };
}

function refuse(options: RedisOptions | ClusterOptions): void {
  const node: RedisOptions = 'redisOptions' in options ? (options.redisOptions ?? {}) : {};
  if (options.keyPrefix || node.keyPrefix) {
    throw new KvError(
      'INVALID_ARGUMENT',
      'ioredis applies keyPrefix to some commands only: use store.namespace() instead',
    );
  }
  if (('readOnly' in options && options.readOnly) || node.readOnly) {
    throw new KvError('INVALID_ARGUMENT', 'the driver reads and writes at masters only: readOnly');
  }
  if ('role' in options && options.role === 'slave') {
    throw new KvError('INVALID_ARGUMENT', 'the driver reads and writes at masters only: role');
  }
}

export function isCluster(client: Redis | Cluster): client is Cluster {
  return client.isCluster;
}
