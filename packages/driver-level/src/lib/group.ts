import type { Allocate } from './allocate.js';
import { recordName, rowName } from './layout.js';
import { BYTES, type Bytes, DEFAULTS, type LevelDatabase } from './level-database.js';

/** The content of a row of the expiry index: its name says all. */
const NOTHING = new Uint8Array();

const ONE = { ...BYTES, sync: false };
const ONE_SYNCED = { ...BYTES, sync: true };

/** A database that was opened with these encodings finds its defaults faster than any options. */
function optionsOf(bytes: Bytes, sync: boolean): typeof ONE {
  if (sync) return ONE_SYNCED;
  return bytes === DEFAULTS ? (DEFAULTS as unknown as typeof ONE) : ONE;
}

/** Reads one record. */
export type Read = (key: string) => Uint8Array | undefined;

/**
 * The jobs that are written in one batch. Each sees what those before it have decided, as if they were
 * written already.
 */
export class Group {
  /** Makes the arrays of records. */
  readonly allocate: Allocate;
  readonly #read: Read;
  readonly #records = new Map<string, Uint8Array | undefined>();
  /** Most groups have no need of these. */
  #loaded: Set<string> | undefined;
  #rows: Map<string, boolean> | undefined;

  constructor(read: Read, allocate: Allocate) {
    this.#read = read;
    this.allocate = allocate;
  }

  load(key: string): Uint8Array | undefined {
    const changed = this.#records.get(key);
    this.#loaded ??= new Set();
    this.#loaded.add(key);
    return changed !== undefined || this.#records.has(key) ? changed : this.#read(key);
  }

  /** Whether a job has looked at a key, or changed it. */
  hasSeen(key: string): boolean {
    return this.#records.has(key) || this.#loaded?.has(key) === true;
  }

  put(key: string, record: Uint8Array): void {
    this.#records.set(key, record);
  }

  delete(key: string): void {
    this.#records.set(key, undefined);
  }

  /** Enters the record of a key in the expiry index, or takes it out. */
  setRow(expiresAt: number, key: string, present: boolean): void {
    this.#setRow(rowName(expiresAt, key), present);
  }

  /** Takes a row out by its name. */
  deleteRow(name: string): void {
    this.#setRow(name, false);
  }

  #setRow(name: string, present: boolean): void {
    this.#rows ??= new Map();
    this.#rows.set(name, present);
  }

  get isEmpty(): boolean {
    return this.#records.size === 0 && this.#rows === undefined;
  }

  /** Writes everything, or nothing. */
  write(level: LevelDatabase, bytes: Bytes, sync: boolean): Promise<void> {
    if (this.#records.size === 1 && this.#rows === undefined) {
      const [[key, record]] = this.#records as unknown as [[string, Uint8Array | undefined]];
      if (record) return level.put(recordName(key), record, optionsOf(bytes, sync));
    }
    return this.#writeBatch(level, bytes, sync);
  }

  async #writeBatch(level: LevelDatabase, bytes: Bytes, sync: boolean): Promise<void> {
    const batch = level.batch();
    try {
      for (const [key, record] of this.#records) {
        if (record === undefined) batch.del(recordName(key), bytes);
        else batch.put(recordName(key), record, bytes);
      }
      for (const [row, present] of this.#rows ?? []) {
        if (present) batch.put(row, NOTHING, bytes);
        else batch.del(row, bytes);
      }
    } catch (error) {
      await batch.close();
      throw error;
    }
    await batch.write({ sync });
  }
}
