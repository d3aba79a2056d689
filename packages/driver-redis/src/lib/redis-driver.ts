import type {
  Check,
  Driver,
  DriverCall,
  DriverTraits,
  Entry,
  Increment,
  IncrementResult,
  KvError,
  ScanPage,
  ScanRequest,
  SortedRequest,
  SortedResult,
  Version,
  Write,
  WriteResult,
} from '@grovekv/kv-core/driver';
import { commitAll } from './commits.js';
import { Connection } from './connection.js';
import { incrementAll } from './increments.js';
import { Reads } from './reads.js';
import { createClient, type RedisTarget } from './redis-client.js';
import { scanPage } from './scans.js';
import { sortAll } from './sorted/sorted-sets.js';
import { versionOfBytes } from './version.js';
import { writeAll } from './writes.js';

const MIB = 1024 * 1024;

/** Options of {@link redisDriver}: where Redis is, and limits. */
export type RedisDriverOptions = RedisTarget & {
  /** Larger values are refused before anything is sent. Default 64 MiB; Redis takes 512 MiB. */
  readonly maxValueBytes?: number | undefined;
};

/**
 * Stores in Redis or Redis Cluster, 6.2 or later, through ioredis. Values are plain: `redis-cli GET` and
 * `INCR` work on them. Nothing is opened before the first call. Throws `INVALID_ARGUMENT` for settings
 * that the driver cannot be correct with. See the README for what an acknowledged write means.
 */
export function redisDriver(options: RedisDriverOptions): Driver {
  return new RedisDriver(options);
}

class RedisDriver implements Driver {
  readonly contract = 1;
  readonly traits: DriverTraits;
  readonly #connection: Connection;
  readonly #reads: Reads;

  constructor(options: RedisDriverOptions) {
    this.#connection = new Connection(createClient(options));
    this.#reads = new Reads(this.#connection);
    this.traits = {
      name: 'redis',
      ttlResolutionMs: 5,
      expiryClock: 'server',
      maxKeyBytes: 64 * 1024,
      maxValueBytes: options.maxValueBytes ?? 64 * MIB,
      scan: 'unordered',
      commit: { maxOperations: 1_000, scope: this.#connection.nodes ? 'slot' : 'any' },
      durability: 'durable',
      shared: true,
      pipelined: true,
    };
  }

  get(
    keys: readonly string[],
    { timeoutMs, ttl }: DriverCall & { readonly ttl: boolean },
  ): Promise<(Entry | undefined | KvError)[]> {
    return this.#run(timeoutMs, keys, (keys, due) => this.#reads.get(keys, ttl, due));
  }

  write(writes: readonly Write[], { timeoutMs }: DriverCall): Promise<(WriteResult | KvError)[]> {
    return this.#run(timeoutMs, writes, (writes, due) => writeAll(this.#connection, writes, due));
  }

  increment(
    increments: readonly Increment[],
    { timeoutMs }: DriverCall,
  ): Promise<(IncrementResult | KvError)[]> {
    return this.#run(timeoutMs, increments, (increments, due) =>
      incrementAll(this.#connection, increments, due),
    );
  }

  commit(
    checks: readonly Check[],
    writes: readonly Write[],
    { timeoutMs }: DriverCall,
  ): Promise<boolean> {
    return this.#run(timeoutMs, writes, (writes, due) =>
      commitAll(this.#connection, checks, writes, due),
    );
  }

  sortedSet(
    requests: readonly SortedRequest[],
    { timeoutMs }: DriverCall,
  ): Promise<(SortedResult | KvError)[]> {
    return this.#run(timeoutMs, requests, (requests, due) =>
      sortAll(this.#connection, requests, due),
    );
  }

  versionOf(value: Uint8Array): Version {
    return versionOfBytes(value);
  }

  scan(request: ScanRequest, { timeoutMs }: DriverCall): Promise<ScanPage> {
    return this.#run(timeoutMs, [], (_, due) => scanPage(this.#connection, request, due));
  }

  close(): Promise<void> {
    return this.#connection.close();
  }

  /** Runs the command at once if the connection stands: then it has sent everything on return. */
  #run<I, T>(
    timeoutMs: number,
    items: readonly I[],
    command: (items: readonly I[], due: number) => Promise<T>,
  ): Promise<T> {
    const due = performance.now() + timeoutMs;
    const opening = this.#connection.ready(due);
    if (!opening) return command(items, due);
    const kept = items.map(keep);
    return opening.then(() => command(kept, due));
  }
}

/** What a call holds while it waits for the connection: the caller's bytes may change. */
function keep<I>(item: I): I {
  const { value } = item as { value?: unknown };
  return value instanceof Uint8Array ? { ...item, value: new Uint8Array(value) } : item;
}
