import {
  type Driver,
  type DriverCall,
  type DriverTraits,
  type Entry,
  KvError,
  type Write,
  type WriteResult,
} from '@grovekv/kv-core/driver';
import memjs from 'memjs';
import { Connection } from './connection.js';
import { LATE_MS } from './expiry.js';
import { closed } from './memcached-error.js';
import { readAll } from './reads.js';
import { parseServers } from './server-list.js';
import { writeAll } from './writes.js';

/** How long `close` waits for what is in flight. */
const CLOSE_WITHIN_MS = 5_000;

/** The server's own limit. */
const MAX_KEY_BYTES = 250;

/** What the server and this driver need of an item beside the value. */
const OVERHEAD_BYTES = 512;

/** Options of {@link memcachedDriver}. */
export interface MemcachedDriverOptions {
  /**
   * `host:port`, several of them joined by commas or in a list. The port is 11211 if it is left out; IPv6
   * addresses stand in brackets. Every process must name the same servers in the same order.
   */
  readonly servers: string | readonly string[];
  /** For servers that ask for a name and password (SASL, PLAIN). */
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  /** The largest item of the servers in bytes, as their `-I` says. Default 1 MiB, as theirs. */
  readonly maxItemBytes?: number | undefined;
}

/**
 * Stores in Memcached by its binary protocol, through memjs. Nothing is opened before the first call. Throws
 * `INVALID_ARGUMENT` for servers it cannot read. See the README for what a cache can promise.
 */
export function memcachedDriver(options: MemcachedDriverOptions): Driver {
  return new MemcachedDriver(options);
}

class MemcachedDriver implements Driver {
  readonly contract = 1;
  readonly traits: DriverTraits;
  readonly #connections: readonly Connection[];
  #running = 0;
  #idle: (() => void) | undefined;
  #closing: Promise<void> | undefined;

  constructor({ servers, username, password, maxItemBytes = 1024 * 1024 }: MemcachedDriverOptions) {
    if (!Number.isSafeInteger(maxItemBytes) || maxItemBytes < 1024) {
      throw new KvError('INVALID_ARGUMENT', 'maxItemBytes must be an integer from 1024');
    }
    this.#connections = parseServers(servers).map(
      (address) => new Connection(address, username, password),
    );
    this.traits = {
      name: 'memcached',
      ttlResolutionMs: LATE_MS,
      expiryClock: 'server',
      maxKeyBytes: MAX_KEY_BYTES,
      maxValueBytes: maxItemBytes - OVERHEAD_BYTES,
      scan: 'none',
      commit: false,
      durability: 'volatile',
      shared: true,
      pipelined: true,
    };
  }

  get(
    keys: readonly string[],
    { timeoutMs }: DriverCall,
  ): Promise<(Entry | undefined | KvError)[]> {
    return this.#run(keys, (key) => key, timeoutMs, readAll);
  }

  write(writes: readonly Write[], { timeoutMs }: DriverCall): Promise<(WriteResult | KvError)[]> {
    return this.#run(writes, ({ key }) => key, timeoutMs, writeAll);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    if (this.#running > 0) {
      await new Promise<void>((resolve) => {
        this.#idle = resolve;
        setTimeout(resolve, CLOSE_WITHIN_MS).unref();
      });
    }
    for (const connection of this.#connections) connection.shut();
  }

  /** Gives each server its share. A server that cannot be reached fails its own items only. */
  async #run<I, R>(
    items: readonly I[],
    keyOf: (item: I) => string,
    timeoutMs: number,
    call: (connection: Connection, items: readonly I[], due: number) => Promise<(R | KvError)[]>,
  ): Promise<(R | KvError)[]> {
    if (this.#closing) throw closed();
    const due = performance.now() + timeoutMs;
    this.#running += 1;
    try {
      const [only, ...others] = this.#connections;
      if (only && others.length === 0) return await onceReady(only, items, due, call);
      return await this.#spread(items, keyOf, due, call);
    } finally {
      this.#running -= 1;
      if (this.#running === 0) this.#idle?.();
    }
  }

  async #spread<I, R>(
    items: readonly I[],
    keyOf: (item: I) => string,
    due: number,
    call: (connection: Connection, items: readonly I[], due: number) => Promise<(R | KvError)[]>,
  ): Promise<(R | KvError)[]> {
    const results = new Array<R | KvError>(items.length);
    const shares = this.#connections.map((): number[] => []);
    items.forEach((item, index) => {
      // memjs's own rule, so that its clients find the same keys.
      shares[memjs.Utils.hashCode(keyOf(item)) % shares.length]!.push(index);
    });
    await Promise.all(
      this.#connections.map(async (connection, server) => {
        const share = shares[server]!;
        if (share.length === 0) return;
        const some = share.map((index) => items[index]!);
        const answers = await onceReady(connection, some, due, call);
        share.forEach((index, position) => {
          results[index] = answers[position]!;
        });
      }),
    );
    return results;
  }
}

/** Calls at once if the connection stands: then all has been sent on return. */
async function onceReady<I, R>(
  connection: Connection,
  items: readonly I[],
  due: number,
  call: (connection: Connection, items: readonly I[], due: number) => Promise<(R | KvError)[]>,
): Promise<(R | KvError)[]> {
  const opening = connection.ready(due);
  if (opening) {
    try {
      await opening;
    } catch (error) {
      return items.map(() => error as KvError);
    }
  }
  return call(connection, items, due);
}
