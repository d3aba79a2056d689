import type { KvError } from '@grovekv/kv-core/driver';
import type { Cluster, Redis } from 'ioredis';
import { type Commands, isCluster } from './redis-client.js';
import { closed, timedOut, toRedisError, unavailable } from './redis-error.js';
import { Watch } from './watch.js';

/** How long `close` waits for what is in flight. */
const CLOSE_WITHIN_MS = 5_000;

/** After this long an attempt to connect that calls wait for in vain is given up for a new one. */
const GREETING_WITHIN_MS = 2_000;

/** A call that waits for the connection. `tried`: an attempt to connect has begun since. */
interface Waiter {
  readonly due: number;
  tried: boolean;
  resolve(): void;
  reject(error: KvError): void;
  expire(): void;
}

/**
 * Keeps a client connected and its commands within their time. It connects at the first call, and again
 * by itself; a call that finds no connection waits for the outcome of one attempt. A command that gets
 * no answer in time costs its connection: a reply that comes late must not be taken for another's.
 */
export class Connection {
  readonly commands: Commands;
  readonly cluster: Cluster | undefined;
  readonly #client: Redis | Cluster;
  readonly #watch = new Watch();
  readonly #waiters = new Set<Waiter>();
  /** Since when an attempt to connect is under way. */
  #connecting: number | undefined;
  #lastError: Error | undefined;
  #closing: Promise<void> | undefined;

  constructor(client: Redis | Cluster) {
    this.#client = client;
    this.commands = client as unknown as Commands;
    this.cluster = isCluster(client) ? client : undefined;
    const on = (event: string, listener: (error?: Error) => void): void => {
      (client as Redis).on(event, listener);
    };
    on('error', (error) => {
      this.#lastError = error;
    });
    on('connecting', () => {
      this.#connecting = performance.now();
      this.#lastError = undefined;
      for (const waiter of this.#waiters) waiter.tried = true;
    });
    on('ready', () => {
      this.#connecting = undefined;
      for (const waiter of this.#waiters) waiter.resolve();
    });
    on('close', this.#attemptFailed);
    on('end', this.#attemptFailed);
  }

  /** Nothing if the connection stands, else a promise that it does by `due`, a time of `performance`. */
  ready(due: number): Promise<void> | undefined {
    if (this.#closing) return Promise.reject(closed());
    const { status } = this.#client;
    // A connection that is being ended is still called ready.
    if (status === 'ready' && (this.cluster || this.commands.stream.writable)) return undefined;
    const waiting = new Promise<void>((resolve, reject) => {
      const done = (): void => {
        this.#waiters.delete(waiter);
        this.#watch.delete(waiter);
      };
      const waiter: Waiter = {
        due,
        tried: this.#connecting !== undefined,
        resolve: () => {
          done();
          resolve();
        },
        reject: (error) => {
          done();
          reject(error);
        },
        expire: () => {
          waiter.reject(this.#notConnected('Redis was not reached in time'));
          const since = this.#connecting ?? Number.POSITIVE_INFINITY;
          if (performance.now() - since > GREETING_WITHIN_MS) this.#drop();
        },
      };
      this.#waiters.add(waiter);
      this.#watch.add(waiter);
    });
    // A failed attempt is told by the events.
    if (status === 'wait' || status === 'end') (this.#client as Redis).connect().catch(() => {});
    return waiting;
  }

  /**
   * What `answer` makes of the reply, or `fail` of the error. `slot` is that of the command's keys on a
   * cluster. Never rejects.
   */
  settle<T, R>(
    command: Promise<T>,
    { due, write, slot }: { due: number; write: boolean; slot: number },
    answer: (reply: T) => R | Promise<R>,
    fail: (error: KvError) => R,
  ): Promise<R> {
    let late = false;
    let giveUp: ((error: Error) => void) | undefined;
    const item = {
      due,
      expire: () => {
        late = true;
        this.#drop(slot);
        giveUp?.(new Error('no answer in time'));
      },
    };
    this.#watch.add(item);
    // ioredis fails the commands of a connection that is dropped, but on a cluster it may hold one back.
    const settled = this.cluster
      ? new Promise<T>((resolve, reject) => {
          giveUp = reject;
          command.then(resolve, reject);
        })
      : command;
    return settled.then(
      (reply) => {
        this.#watch.delete(item);
        return answer(reply);
      },
      (error: unknown) => {
        this.#watch.delete(item);
        const failure = late ? timedOut(write) : toRedisError(error, write);
        if (this.cluster && failure.code !== 'WRONG_TYPE') this.#refresh(this.cluster);
        return fail(failure);
      },
    );
  }

  /** Runs `send`, which may give many commands; on a cluster each node gets its share in one piece. */
  together<T>(send: () => T): T {
    if (!this.cluster) return send();
    const streams = this.cluster.nodes('master').map((node) => node.stream);
    for (const stream of streams) stream?.cork();
    try {
      return send();
    } finally {
      for (const stream of streams) stream?.uncork();
    }
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    for (const waiter of this.#waiters) waiter.reject(closed());
    await this.#watch.idle(performance.now() + CLOSE_WITHIN_MS);
    this.#watch.stop();
    const nodes = this.cluster?.nodes() ?? [this.#client as Redis];
    if (this.#client.status !== 'end') this.#client.disconnect();
    for (const node of nodes) node.stream?.destroy();
  }

  #attemptFailed = (): void => {
    this.#connecting = undefined;
    for (const waiter of this.#waiters) {
      if (waiter.tried) waiter.reject(this.#notConnected('Redis cannot be reached'));
    }
  };

  #notConnected(message: string): KvError {
    return unavailable(message, 'none', this.#lastError);
  }

  /** Breaks the connection that serves the slot, or all; ioredis fails what is in flight on it. */
  #drop(slot?: number): void {
    const owner = slot === undefined ? undefined : this.cluster?.slots[slot]?.[0];
    for (const node of this.cluster?.nodes() ?? [this.#client as Redis]) {
      const name = `${node.options.host}:${node.options.port}`;
      if (owner === undefined || owner === name) node.stream?.destroy();
    }
  }

  /** A node may be gone or no longer the owner of its slots. */
  #refresh(cluster: Cluster): void {
    if (cluster.status === 'ready') cluster.refreshSlotsCache(() => {});
  }
}
