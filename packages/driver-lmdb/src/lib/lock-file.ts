import { fstatSync, openSync, readSync, statSync, writeSync } from 'node:fs';
import { endianness } from 'node:os';

/** The start of LMDB's lock file: magic, format, and the id of the last transaction. */
const MAGIC = 0xbeefc0de;
const HEAD_AT = 8;
const LENGTH = 16;

/**
 * Open lock files of this process, never closed: closing any handle of a file gives up all locks that
 * the process holds on it, LMDB's own among them.
 */
const handles = new Map<string, number>();

/** Reads and repairs the id of the last transaction that the processes share in LMDB's lock file. */
export class LockFile {
  readonly #path: string;
  readonly #bytes = Buffer.alloc(LENGTH);
  readonly #view = new DataView(this.#bytes.buffer, this.#bytes.byteOffset, LENGTH);
  readonly #little = endianness() === 'LE';

  constructor(path: string) {
    this.#path = path;
  }

  /** The id of the transaction that readers and writers start from; `undefined` if it cannot be told. */
  head(): number | undefined {
    const length = readSync(this.#handle(), this.#bytes, 0, LENGTH, 0);
    if (length !== LENGTH || this.#view.getUint32(0, this.#little) !== MAGIC) return undefined;
    return Number(this.#view.getBigUint64(HEAD_AT, this.#little));
  }

  /** Sets it to `last`, if it is what we think it is. Only while holding the lock for writing. */
  repair(wrong: number, last: number): boolean {
    const found = this.head();
    if (found === last) return true;
    if (found !== wrong) return false;
    this.#view.setBigUint64(HEAD_AT, BigInt(last), this.#little);
    return writeSync(this.#handle(), this.#bytes, HEAD_AT, LENGTH - HEAD_AT, HEAD_AT) === 8;
  }

  #handle(): number {
    const known = handles.get(this.#path);
    if (known !== undefined && fstatSync(known).ino === statSync(this.#path).ino) return known;
    const handle = openSync(this.#path, 'r+');
    handles.set(this.#path, handle);
    return handle;
  }
}
