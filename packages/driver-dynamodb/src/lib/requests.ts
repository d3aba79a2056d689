import { KvError } from '@grovekv/kv-core/driver';
import { pause } from './backoff.js';
import type { Command, Sender } from './dynamodb-client.js';
import { timedOut, toFault } from './dynamodb-error.js';
import { Gate } from './gate.js';

/** How long `close` waits for what is in flight. */
const CLOSE_WITHIN_MS = 5_000;

/** Below the 50 sockets that the SDK opens by default: what waits, waits here and is known not to be sent. */
const MOST_AT_ONCE = 48;

/** How often a request that is harmless to repeat is sent in all when its connection breaks. */
const MOST_SENDINGS = 3;

/** What a request is sent under. */
export interface Terms {
  /** When the caller stops waiting, as a time of `performance`. */
  readonly due: number;
  readonly write: boolean;
  /** Sending it twice is the same as sending it once. */
  readonly harmless?: boolean;
}

/**
 * Sends requests, each within its time. One that the server certainly has not carried out, because it is
 * throttled, is sent again after a pause; one that may have been carried out only if that is harmless.
 */
export class Requests {
  /** Resolves as soon as `close` is called. */
  readonly whenClosing: Promise<void>;
  #tellClosing: () => void = () => {};
  readonly #sender: Sender;
  readonly #destroy: () => void;
  readonly #table: string;
  readonly #gate = new Gate(MOST_AT_ONCE);
  readonly #calls = new Set<Promise<unknown>>();
  #closing: Promise<void> | undefined;

  constructor(sender: Sender, destroy: () => void, table: string) {
    this.#sender = sender;
    this.#destroy = destroy;
    this.#table = table;
    this.whenClosing = new Promise((resolve) => {
      this.#tellClosing = resolve;
    });
  }

  get closing(): boolean {
    return this.#closing !== undefined;
  }

  /** What `close` waits for. */
  track<T>(call: Promise<T>): Promise<T> {
    const done = (): void => void this.#calls.delete(call);
    this.#calls.add(call);
    call.then(done, done);
    return call;
  }

  /** Rejects with a `KvError`, a `ConditionUnmet`, or a `TransactionCancelled`. */
  async send<Output>(command: Command, { due, write, harmless = !write }: Terms): Promise<Output> {
    let inDoubt = false;
    let refusal: KvError | undefined;
    for (let sendings = 1; ; sendings += 1) {
      if (!(await this.#gate.enter(due))) {
        // A pause may last longer than it should: then why there was one says more.
        const error = refusal ?? timedOut('none');
        throw inDoubt ? inDoubtOf(error) : error;
      }
      try {
        return await this.#once<Output>(command, due, write);
      } catch (thrown) {
        if (thrown instanceof KvError) throw thrown;
        const { error, again } = toFault(thrown, write, this.#table);
        const unknown = error instanceof KvError && error.outcome === 'unknown';
        inDoubt ||= unknown;
        const resend = again === 'yes' || (again === 'if harmless' && harmless);
        const last = again !== 'yes' && sendings >= MOST_SENDINGS;
        if (!resend || last || !(await pause(sendings, due))) {
          throw error instanceof KvError && inDoubt ? inDoubtOf(error) : error;
        }
        if (error instanceof KvError) refusal = error;
      } finally {
        this.#gate.leave();
      }
    }
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#tellClosing();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise((resolve) => {
      timer = setTimeout(resolve, CLOSE_WITHIN_MS);
    });
    await Promise.race([Promise.allSettled(this.#calls), late]);
    clearTimeout(timer);
    this.#destroy();
  }

  #once<Output>(command: Command, due: number, write: boolean): Promise<Output> {
    return new Promise<Output>((resolve, reject) => {
      const controller = new AbortController();
      const timer = setTimeout(
        () => {
          // The SDK looks at the signal only once it has its credentials.
          reject(timedOut(write ? 'unknown' : 'none'));
          controller.abort();
        },
        Math.max(0, Math.ceil(due - performance.now())),
      );
      const done = (): void => clearTimeout(timer);
      this.#sender.send(command, controller.signal).then(
        (output) => {
          done();
          resolve(output as Output);
        },
        (error: unknown) => {
          done();
          reject(error);
        },
      );
    });
  }
}

function inDoubtOf(error: KvError): KvError {
  if (error.outcome === 'unknown') return error;
  return new KvError(error.code, error.message, { outcome: 'unknown', cause: error.cause });
}
