import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import type { KvError } from '@grovekv/kv-core/driver';
import memjs from 'memjs';
import { closed, timedOut, unavailable } from './memcached-error.js';
import { encode, OP, type Reply, type Request } from './protocol.js';
import { ReplyReader } from './reply-reader.js';
import type { Address } from './server-list.js';

/** An attempt to connect is given up after this long. */
const CONNECT_WITHIN_MS = 2_000;

/** Under which terms commands are sent. `due` is a time of `performance.now()`. */
interface Terms {
  readonly due: number;
  readonly write: boolean;
}

/** Commands sent together. They have ended when the last of them is answered. */
interface Flight extends Terms {
  /** The mark of the first of them, see {@link encode}. */
  readonly base: number;
  readonly count: number;
  answer(index: number, reply: Reply): void;
  end(error?: KvError): void;
}

/** What memjs keeps in a server and does not declare. */
interface Internals {
  _socket: Socket | undefined;
  connected: boolean;
  timeoutSet: boolean;
  responseBuffer: Buffer;
  connectCallbacks: unknown[];
}

/**
 * A connection to one server. memjs opens it and authenticates; the commands are ours, since its own
 * hang when a connection ends in the wrong moment and know no compare-and-swap. It connects when a call
 * needs it. Commands that get no answer in time cost the connection: nothing may wait behind them.
 */
export class Connection extends memjs.Server {
  /** Names this run of the server: a server that was restarted has another. */
  run = '';
  readonly #name: string;
  readonly #reader = new ReplyReader();
  #flights: Flight[] = [];
  #base = 0;
  /** Ready for commands. */
  #up = false;
  #opening: { promise: Promise<void>; settle(error?: KvError): void } | undefined;
  #greeting: Map<string, string> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #firesAt = Number.POSITIVE_INFINITY;
  #closed = false;

  constructor({ host, port }: Address, username?: string, password?: string) {
    super(host, port, username, password, { keepAlive: true, keepAliveDelay: 30 });
    this.#name = `${host}:${port}`;
  }

  /** Nothing if the connection stands, else a promise that it does by `due`. */
  ready(due: number): Promise<void> | undefined {
    if (this.#closed) return Promise.reject(closed());
    if (this.#up) return undefined;
    this.#opening ??= this.#open();
    return this.#within(this.#opening.promise, due);
  }

  /**
   * Sends all in one piece. `answer` is given the replies in the order of the requests. Resolves after
   * the last reply, or to what kept it from coming. Never rejects.
   */
  send(
    requests: readonly Request[],
    terms: Terms,
    answer: Flight['answer'],
  ): Promise<KvError | undefined> {
    const socket = this.#internals._socket;
    if (!this.#up || !socket) {
      return Promise.resolve(
        this.#closed ? closed() : unavailable(`no connection to ${this.#name}`),
      );
    }
    return new Promise((end) => {
      const { due, write } = terms;
      const count = requests.length;
      if (this.#base + count > 2 ** 32) this.#base = 0;
      const base = this.#base;
      this.#base += count;
      this.#flights.push({ due, write, base, count, answer, end });
      if (due < this.#firesAt) this.#arm(due);
      for (const piece of encode(requests, base)) socket.write(piece);
    });
  }

  /** Ends it now and for good. */
  shut(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#drop(closed());
  }

  /** Called by memjs when the socket fails or the server refuses the password. */
  override error(error: Error | string): void {
    this.#drop(error instanceof Error ? error : new Error(error));
  }

  /** Called by memjs for what arrives; before it is connected that is about the password. */
  override responseHandler(chunk: Buffer): void {
    if (!this.connected) super.responseHandler(chunk);
    else if (!this.#reader.push(chunk, this.#take)) {
      this.#drop(new Error('what was received is not the binary protocol'));
    }
  }

  get #internals(): Internals {
    return this as unknown as Internals;
  }

  #open() {
    let settle!: (error?: KvError) => void;
    const promise = new Promise<void>((resolve, reject) => {
      settle = (error) => (error ? reject(error) : resolve());
    });
    promise.catch(() => {});
    const timer = setTimeout(() => this.#drop(new Error('no answer')), CONNECT_WITHIN_MS);
    const opening = {
      promise,
      settle: (error?: KvError) => {
        clearTimeout(timer);
        this.#opening = undefined;
        settle(error);
      },
    };
    this.sock(false, (socket) => this.#greet(socket));
    const socket = this.#internals._socket!;
    // memjs's own would end a connection that has been opened anew in the meantime.
    socket.removeAllListeners('close');
    socket.removeAllListeners('timeout');
    socket.setTimeout(0);
    socket.setNoDelay(true);
    const ended = (): void => this.#drop(new Error('the server ended the connection'));
    socket.on('end', ended);
    socket.on('close', ended);
    return opening;
  }

  /** Asks which run of the server this is. */
  #greet(socket: Socket): void {
    this.#greeting = new Map();
    for (const piece of encode([{ op: OP.STAT, key: '' }], 0)) socket.write(piece);
  }

  #greeted(stats: Map<string, string>): void {
    const started = Number(stats.get('time')) - Number(stats.get('uptime'));
    const pid = stats.get('pid');
    this.run = pid && Number.isSafeInteger(started) ? `${pid}.${started}` : randomUUID();
    this.#greeting = undefined;
    this.#up = true;
    this.#opening?.settle();
  }

  #take = (reply: Reply): void => {
    if (this.#greeting) {
      const { key } = reply;
      if (key === '') this.#greeted(this.#greeting);
      else this.#greeting.set(key, reply.text);
      return;
    }
    const flight = this.#flights[0];
    const index = flight ? reply.mark - flight.base : -1;
    if (!flight || index < 0 || index >= flight.count) {
      this.#drop(new Error('a reply to no command'));
      return;
    }
    flight.answer(index, reply);
    if (index < flight.count - 1) return;
    this.#flights.shift();
    flight.end();
  };

  #drop(reason: Error): void {
    const memjs = this.#internals;
    const socket = memjs._socket;
    if (socket) {
      for (const event of ['data', 'end', 'close', 'error', 'connect', 'timeout']) {
        socket.removeAllListeners(event);
      }
      socket.on('error', () => {});
      socket.destroy();
    }
    memjs._socket = undefined;
    memjs.connected = false;
    memjs.timeoutSet = false;
    memjs.responseBuffer = Buffer.alloc(0);
    memjs.connectCallbacks = [];
    this.removeAllListeners('authenticated');
    this.#reader.reset();
    this.#greeting = undefined;
    this.#up = false;
    const now = performance.now();
    const flights = this.#flights;
    this.#flights = [];
    for (const { due, write, end } of flights) {
      const outcome = write ? 'unknown' : 'none';
      if (due <= now) end(timedOut(outcome));
      else end(unavailable(`the connection to ${this.#name} broke`, outcome, reason));
    }
    this.#opening?.settle(
      this.#closed ? closed() : unavailable(`cannot connect to ${this.#name}`, 'none', reason),
    );
  }

  #within(opening: Promise<void>, due: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const late = (): void => reject(unavailable(`${this.#name} was not reached in time`));
      const timer = setTimeout(late, Math.min(due - performance.now(), 2 ** 31 - 1));
      opening.then(resolve, reject).finally(() => clearTimeout(timer));
    });
  }

  #arm(at: number): void {
    clearTimeout(this.#timer);
    this.#firesAt = at;
    // What has arrived by then is read first: this process may have been busy itself.
    const fire = (): void => void setImmediate(this.#watch);
    this.#timer = setTimeout(fire, Math.min(Math.max(0, at - performance.now()), 2 ** 31 - 1));
    this.#timer.unref();
  }

  #watch = (): void => {
    this.#firesAt = Number.POSITIVE_INFINITY;
    const next = this.#flights.reduce((least, { due }) => Math.min(least, due), this.#firesAt);
    if (next <= performance.now()) this.#drop(new Error('a reply is overdue'));
    else if (next < Number.POSITIVE_INFINITY) this.#arm(next);
  };
}
