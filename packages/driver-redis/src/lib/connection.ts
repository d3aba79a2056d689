import type { KvError } from '@grovekv/kv-core/driver';
import type { Cluster, Redis } from 'ioredis';
import type { Arg } from './arg.js';
import { ClusterNodes } from './cluster-nodes.js';
import { isCluster } from './redis-client.js';
import { closed, timedOut, toRedisError, unavailable } from './redis-error.js';
import type { Script } from './script.js';
import { Watch, type Watched } from './watch.js';

/** How long `close` waits for what is in flight. */
const CLOSE_WITHIN_MS = 5_000;

/** After this long an attempt to connect that calls wait for in vain is given up for a new one. */
const GREETING_WITHIN_MS = 2_000;

/** Calls of one moment are due a little apart, and timers count whole milliseconds. */
const AS_GOOD_AS_OVER_MS = 5;

/** What a command is sent under. */
export class Terms {
  readonly due: number;
  readonly write: boolean;
  /** On a cluster, that of its keys. */
  readonly slot: number;
  /** On a cluster, the node if not the one that serves the slot. */
  readonly node: Redis | undefined;

  constructor(due: number, write: boolean, slot: number, node?: Redis) {
    this.due = due;
    this.write = write;
    this.slot = slot;
    this.node = node;
  }
}

/** A call that waits for the connection. `tried`: an attempt to connect has begun since. */
interface Waiter {
  readonly due: number;
  place: number;
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
  /** The commands of either kind of client, which are the same. */
  readonly commands: Redis;
  readonly nodes: ClusterNodes | undefined;
  readonly #client: Redis | Cluster;
  readonly #watch = new Watch();
  readonly #waiters = new Set<Waiter>();
  /** Since when an attempt to connect is under way. */
  #connecting: number | undefined;
  #lastError: Error | undefined;
  #closing: Promise<void> | undefined;

  constructor(client: Redis | Cluster) {
    this.#client = client;
    this.commands = client as Redis;
    this.nodes = isCluster(client) ? new ClusterNodes(client) : undefined;
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
    if (status === 'ready' && (this.nodes || this.commands.stream.writable)) return undefined;
    const waiting = new Promise<void>((resolve, reject) => {
      const done = (): void => {
        this.#waiters.delete(waiter);
        this.#watch.delete(waiter);
      };
      const waiter: Waiter = {
        due,
        place: -1,
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
          if (performance.now() - since > GREETING_WITHIN_MS) {
            for (const node of this.#connections()) node.stream?.destroy();
          }
        },
      };
      this.#waiters.add(waiter);
      this.#watch.add(waiter);
    });
    // A failed attempt is told by the events.
    if (status === 'wait' || status === 'end') (this.#client as Redis).connect().catch(() => {});
    return waiting;
  }

  /** What `answer` makes of the reply to the command, or `fail` of the error. Never rejects. */
  settle<T, R>(
    send: () => Promise<T>,
    { due, write, slot, node = this.#serving(slot) }: Terms,
    answer: (reply: T) => R | Promise<R>,
    fail: (error: KvError) => R,
  ): Promise<R> {
    const flight = new Flight(due, node);
    this.#watch.add(flight);
    const reply = this.nodes ? this.#sendTo(this.nodes, flight, send) : send();
    return reply.then(
      (reply) => {
        this.#watch.delete(flight);
        return answer(reply);
      },
      (error: unknown) => {
        this.#watch.delete(flight);
        this.nodes?.refresh();
        return fail(flight.sent && flight.isLate ? timedOut(write) : toRedisError(error, write));
      },
    );
  }

  /** Runs a script, as a command for {@link settle}; `T` is what it is known to reply. */
  script<T>(script: Script, keys: readonly string[], args: readonly Arg[]): Promise<T> {
    return script.run(this.commands, keys, args) as Promise<T>;
  }

  /** The same, in the order of the calls on keys of one slot. */
  scriptInOrder<T>(
    script: Script,
    slot: number,
    keys: readonly string[],
    args: readonly Arg[],
  ): Promise<T> {
    const socket = this.#serving(slot)?.stream;
    if (!socket) return this.script(script, keys, args);
    return script.runInOrder(this.commands, socket, keys, args) as Promise<T>;
  }

  /** Runs `send`, which may give many commands. */
  together<T>(send: () => T): T {
    return this.nodes ? this.nodes.together(send) : send();
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    for (const waiter of this.#waiters) waiter.reject(closed());
    await this.#watch.idle(performance.now() + CLOSE_WITHIN_MS);
    this.#watch.stop();
    const connections = this.#connections();
    if (this.#client.status !== 'end') this.#client.disconnect();
    for (const connection of connections) connection.stream?.destroy();
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

  #connections(): Redis[] {
    return this.nodes ? this.nodes.all() : [this.commands];
  }

  #serving(slot: number): Redis | undefined {
    return this.nodes ? this.nodes.ownerOf(slot) : this.commands;
  }

  /** Sends once the node is connected, so that it is known of a failure whether anything was sent. */
  #sendTo<T>(nodes: ClusterNodes, flight: Flight, send: () => Promise<T>): Promise<T> {
    const opening = nodes.opened(flight.node);
    flight.sent = opening === undefined;
    return new Promise((resolve, reject) => {
      // ioredis fails the commands of a connection that is dropped, but may be about to redirect one.
      flight.giveUp = reject;
      const begin = (): void => {
        if (flight.late) return;
        flight.sent = true;
        send().then(resolve, reject);
      };
      if (opening) opening.then(begin, reject);
      else begin();
    });
  }
}

/** A command under way. If it is late its connection is dropped, at which ioredis fails it. */
class Flight implements Watched {
  readonly due: number;
  readonly node: Redis | undefined;
  place = -1;
  late = false;
  sent = true;
  giveUp: ((error: Error) => void) | undefined;

  constructor(due: number, node: Redis | undefined) {
    this.due = due;
    this.node = node;
  }

  /** Whether its time is over, or as good as over: whoever is late first costs the others their connection. */
  get isLate(): boolean {
    return this.late || performance.now() >= this.due - AS_GOOD_AS_OVER_MS;
  }

  expire(): void {
    this.late = true;
    this.node?.stream?.destroy();
    this.giveUp?.(new Error("the cluster node isn't ready"));
  }
}
