import { extname, join } from 'node:path';
import type { MaybePromise } from '@grovekv/kv-core/driver';
import type { Database, DatabaseOptions, RootDatabase } from 'lmdb';
import { keyEncoder } from './keys.js';
import { MDB_PANIC, readError, unavailable, writeError } from './lmdb-errors.js';
import { LockFile } from './lock-file.js';
import {
  isOfThisLmdb,
  type NativeEnvironment,
  nativeOf,
  type ReadTransaction,
  resetTransaction,
} from './native.js';
import { Opening } from './opening.js';
import { RecordReader } from './record.js';
import { handleStrayRejections } from './stray-rejections.js';

/** How long closing waits for writes that hang, for example on the lock of a stopped process. */
const CLOSE_WAIT_MS = 2_000;
/** How often a transaction begins anew because other processes are just opening the database. */
const MOST_ATTEMPTS = 100;
/** How often a read takes a new snapshot before it has the shared state checked. */
const MOST_SNAPSHOTS = 3;
/** Of lmdb's transactionSync: commit before returning, join a transaction instead of nesting. */
const JOINED = 2;

const BEHIND: unique symbol = Symbol('behind');

interface Pending {
  readonly settled: Promise<unknown>;
  reject(reason: unknown): void;
}

/** Where LMDB keeps its lock file, and we announce that we open it. */
export function placesOf(path: string, isFile = extname(path) !== ''): Places {
  return isFile
    ? { lock: `${path}-lock`, opening: `${path}-opening` }
    : { lock: join(path, 'lock.mdb'), opening: join(path, 'opening') };
}

interface Places {
  readonly lock: string;
  readonly opening: string;
}

/** One opened database: the records, the index of those that expire, and a read transaction. */
export class Environment {
  readonly entries!: Database<Uint8Array, string>;
  readonly expiry!: Database<Uint8Array, Uint8Array>;
  /** For use inside `transaction`. */
  readonly writing: RecordReader;
  /** For use inside `read`. */
  readonly reading: RecordReader;
  /** For ranges inside `read`. */
  readonly readOptions: { readonly transaction: ReadTransaction } | undefined;
  readonly #root: RootDatabase;
  readonly #native: NativeEnvironment;
  readonly #lockFile: LockFile;
  readonly #opening: Opening;
  readonly #pending = new Set<Pending>();
  #failure: unknown;

  /** `owned`: to be closed, and opened anew after a failure, by us. */
  constructor(root: RootDatabase, places: Places, owned: boolean) {
    this.#root = root;
    this.#native = nativeOf(root);
    this.#lockFile = new LockFile(places.lock);
    this.#opening = new Opening(places.opening);
    handleStrayRejections(root);
    if (owned) this.#watchForFailure();
    if (isOfThisLmdb(root)) {
      // A read transaction of our own, before the databases: opening them makes lmdb forget it, so that
      // it never lends it to others.
      const transaction = root.useReadTransaction() as ReadTransaction;
      root.resetReadTxn();
      this.readOptions = { transaction };
    }
    this.#openDatabases();
    const source = this.entries as unknown as ConstructorParameters<typeof RecordReader>[0];
    this.writing = new RecordReader(source);
    this.reading = new RecordReader(source, this.readOptions);
    this.#release();
  }

  /** Whether it can still be used. */
  get isOpen(): boolean {
    return (
      this.#failure === undefined &&
      (this.#root as unknown as { isOperational(): boolean }).isOperational()
    );
  }

  /**
   * Runs `look` on the newest snapshot and lets go of it, so that each read sees all that other
   * processes have committed, and free pages can be used again between reads.
   */
  read<T>(look: () => T): MaybePromise<T> {
    if (this.#opening.isNear()) return this.#readCarefully(look);
    try {
      if (this.readOptions === undefined) this.#root.resetReadTxn();
      return look();
    } catch (error) {
      throw readError(error);
    } finally {
      this.#release();
    }
  }

  /** The same while some process opens the database: the snapshot is checked before it is used. */
  #readCarefully<T>(look: () => T): MaybePromise<T> {
    for (let attempt = 0; attempt < MOST_SNAPSHOTS; attempt += 1) {
      const before = this.#settledHead();
      try {
        if (this.readOptions === undefined) this.#root.resetReadTxn();
        else this.readOptions.transaction.renew();
        if (before !== undefined && before === this.#settledHead()) return look();
      } catch (error) {
        throw readError(error);
      } finally {
        this.#release();
      }
    }
    // Writers repair what they find wrong: an empty transaction is enough.
    return this.transaction(() => undefined).then(() => this.read(look));
  }

  /** The last transaction, if the shared state and the file agree on it. */
  #settledHead(): number | undefined {
    const head = this.#lockFile.head();
    return head === this.#native.info().lastTxnId ? head : undefined;
  }

  #release(): void {
    if (this.readOptions !== undefined) resetTransaction(this.readOptions.transaction);
  }

  /**
   * Runs `body` once, inside a write transaction that it may share with others; resolves after the
   * commit. What `body` wrote before it throws stays written: lmdb does not roll back.
   */
  transaction<T>(body: () => T): Promise<T> {
    return new Promise<T>((resolve, reject) => this.#begin(body, resolve, reject, MOST_ATTEMPTS));
  }

  #begin<T>(
    body: () => T,
    resolve: (result: T) => void,
    reject: (error: unknown) => void,
    attemptsLeft: number,
  ): void {
    let thrown: unknown;
    const settled = this.#root.transaction(() => {
      try {
        return this.#isBehind() ? BEHIND : body();
      } catch (error) {
        thrown = error;
        throw error;
      }
    });
    const pending: Pending = { settled, reject };
    this.#pending.add(pending);
    settled.then(
      (result) => {
        this.#pending.delete(pending);
        if (result !== BEHIND) resolve(result);
        else if (attemptsLeft > 1) this.#begin(body, resolve, reject, attemptsLeft - 1);
        else reject(unavailable('other processes keep opening the database', 'none'));
      },
      (error) => {
        this.#pending.delete(pending);
        writeError(error, thrown).then(reject);
      },
    );
  }

  /**
   * Whether the running transaction was begun on a state that is not the last one, because a process
   * that opens the database has set the shared id of the last transaction back. To write then would
   * undo what others have committed: write nothing, repair the id, and begin anew.
   */
  #isBehind(): boolean {
    const base = this.#root.getWriteTxnId() - 1;
    const { lastTxnId } = this.#native.info();
    if (base === lastTxnId) return false;
    if (!this.#lockFile.repair(base, lastTxnId)) {
      throw unavailable("lmdb's lock file is not as expected", 'none');
    }
    return true;
  }

  #openDatabases(): void {
    const common = { encoding: 'binary', cache: false, compression: false } as const;
    const open = (): boolean => {
      if (this.#isBehind()) return false;
      const writable = this as { -readonly [Key in 'entries' | 'expiry']: Environment[Key] };
      writable.entries = this.#root.openDB('grovekv', { ...common, keyEncoder } as DatabaseOptions);
      writable.expiry = this.#root.openDB('grovekv-expiry', { ...common, keyEncoding: 'binary' });
      return true;
    };
    for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt += 1) {
      if (this.#root.transactionSync(open, JOINED)) return;
    }
    throw unavailable('other processes keep opening the database', 'none');
  }

  #watchForFailure(): void {
    const { startWriting } = this.#native;
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
    this.#native.resumeWriting();
    this.#native.close();
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
