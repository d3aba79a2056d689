import { isKvError } from '@grovekv/kv-core/driver';
import * as lmdb from 'lmdb';
import type { BlindPut } from './apply-write.js';
import { keyEncoder } from './keys.js';
import { MDB_PANIC, unavailable, writeError } from './lmdb-errors.js';
import { RecordReader } from './record.js';

type Entries = lmdb.Database<Uint8Array, string>;
type Rows = lmdb.Database<Uint8Array, Uint8Array>;

/** What of lmdb is not in its types. Each use says what happens without it. */
interface Internals {
  readonly nativeAddon?: { resetTxn?(address: number): void };
}
interface NativeEnvironment {
  readonly startWriting?: (address: number, callback: (status: number) => unknown) => unknown;
  resumeWriting?(): void;
  close?(): void;
}

const resetTxn = (lmdb as unknown as Internals).nativeAddon?.resetTxn;

/** How long closing waits for writes that hang, for example on the lock of a stopped process. */
const CLOSE_WAIT_MS = 2_000;

function ignore(): void {}

const quiet = new WeakSet<lmdb.RootDatabase>();

/**
 * When a commit fails, lmdb also rejects a promise of its own that nobody has: an unhandled rejection,
 * which ends the process. It exists once the microtasks after `beforecommit` run.
 */
function handleStrayRejections(root: lmdb.RootDatabase): void {
  if (quiet.has(root)) return;
  quiet.add(root);
  const handle = (): void => {
    root.committed.then(ignore, ignore);
  };
  root.on('beforecommit', () => queueMicrotask(handle));
}

interface Pending {
  readonly settled: Promise<unknown>;
  reject(reason: unknown): void;
}

/** One opened database: the records, the index of those that expire, and a read transaction. */
export class Environment {
  readonly entries: Entries;
  readonly expiry: Rows;
  /** For use inside `transaction`. */
  readonly writing: RecordReader;
  /** For use between `beginRead` and `endRead`. */
  readonly reading: RecordReader;
  readonly readOptions: { readonly transaction: lmdb.Transaction } | undefined;
  readonly #root: lmdb.RootDatabase;
  readonly #native: NativeEnvironment;
  readonly #txnAddress: number = 0;
  readonly #pending = new Set<Pending>();
  #failure: unknown;

  constructor(root: lmdb.RootDatabase, owned: boolean) {
    this.#root = root;
    this.#native = (root as unknown as { env: NativeEnvironment }).env;
    handleStrayRejections(root);
    if (owned) this.#watchForFailure();
    if (resetTxn !== undefined) {
      // A read transaction of our own, before the databases: opening them makes lmdb forget it, so that
      // it never lends it to others. Without `resetTxn` every read resets lmdb's shared one instead,
      // which costs a timer.
      const transaction = root.useReadTransaction();
      root.resetReadTxn();
      this.#txnAddress = (transaction as unknown as { address: number }).address;
      this.readOptions = { transaction };
    }
    const common = { encoding: 'binary', cache: false, compression: false } as const;
    this.entries = root.openDB('grovekv', { ...common, keyEncoder } as lmdb.DatabaseOptions);
    this.expiry = root.openDB('grovekv-expiry', { ...common, keyEncoding: 'binary' });
    const source = this.entries as unknown as ConstructorParameters<typeof RecordReader>[0];
    this.writing = new RecordReader(source);
    this.reading = new RecordReader(source, this.readOptions);
    this.endRead();
  }

  /** Why writes no longer work here; the environment must then be opened anew. */
  get failure(): unknown {
    return this.#failure;
  }

  /** Whether it can still be used. */
  get isOpen(): boolean {
    return (
      this.#failure === undefined &&
      (this.#root as unknown as { isOperational(): boolean }).isOperational()
    );
  }

  beginRead(): void {
    if (this.readOptions === undefined) this.#root.resetReadTxn();
  }

  /**
   * Lets go of the snapshot. The next read takes a new one, so that it sees all that other processes
   * have committed, and free pages can be used again meanwhile.
   */
  endRead(): void {
    resetTxn?.(this.#txnAddress);
  }

  /**
   * Runs `body` once, inside a write transaction that it may share with others; resolves after the
   * commit. What `body` wrote before it throws stays written: lmdb does not roll back.
   */
  async transaction<T>(body: () => T): Promise<T> {
    let thrown: unknown;
    const written = this.#root.transaction(() => {
      try {
        return body();
      } catch (error) {
        thrown = error;
        throw error;
      }
    });
    return await this.#settle(written, () => thrown);
  }

  /** Stores records whatever stands there, in one transaction that needs nothing of this thread. */
  async putAll(puts: readonly BlindPut[]): Promise<void> {
    // All puts of one turn are one transaction, and share its promise, but for long lists: the last counts.
    let written: Promise<boolean> | undefined;
    for (const { write, record } of puts) {
      const promise = this.entries.put(write.key, record);
      if (written !== undefined && written !== promise) written.catch(ignore);
      written = promise;
    }
    if (written !== undefined) await this.#settle(written, () => undefined);
  }

  async #settle<T>(written: Promise<T>, thrown: () => unknown): Promise<T> {
    let reject!: (reason: unknown) => void;
    const failed = new Promise<never>((_resolve, fail) => {
      reject = fail;
    });
    const pending: Pending = { settled: written, reject };
    this.#pending.add(pending);
    try {
      return await Promise.race([written, failed]);
    } catch (error) {
      throw isKvError(error) ? error : await writeError(error, thrown());
    } finally {
      this.#pending.delete(pending);
    }
  }

  #watchForFailure(): void {
    const { startWriting } = this.#native;
    if (startWriting === undefined) return;
    const watched: typeof startWriting = (address, callback) =>
      startWriting.call(this.#native, address, (status) => {
        const answer = callback(status);
        if (status === MDB_PANIC) this.#fail();
        return answer;
      });
    Object.defineProperty(this.#native, 'startWriting', { value: watched });
  }

  /**
   * LMDB refuses every write after an error on the meta page, and lmdb then neither settles what it was
   * given nor unlocks its writer: settle it here, unlock, and close, so that the file can be opened anew.
   */
  #fail(): void {
    this.#failure = unavailable('the lmdb environment has failed and is opened anew', 'none');
    for (const pending of this.#pending) pending.reject(this.#failure);
    this.#pending.clear();
    this.#native.resumeWriting?.();
    this.#native.close?.();
  }

  /** Waits, bounded, for writes; `false` if some still hang: closing would hang with them. */
  async idle(): Promise<boolean> {
    if (this.#pending.size > 0) {
      let timer: ReturnType<typeof setTimeout> | undefined;
      const bound = new Promise((resolve) => {
        timer = setTimeout(resolve, CLOSE_WAIT_MS);
      });
      await Promise.race([
        Promise.allSettled([...this.#pending].map((pending) => pending.settled)),
        bound,
      ]);
      clearTimeout(timer);
    }
    return this.#pending.size === 0;
  }

  /** Gives back the read transaction; the databases stay open. */
  releaseRead(): void {
    if (this.isOpen) this.readOptions?.transaction.done();
  }

  async close(): Promise<void> {
    if (this.#failure !== undefined) return;
    this.releaseRead();
    await this.#root.close();
  }
}
