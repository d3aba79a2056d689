/** How names and records go to the database: names as UTF-8, which gives their order. */
export const BYTES = { keyEncoding: 'utf8', valueEncoding: 'view' } as const;

export type Bytes = typeof BYTES;

/** The same for a database whose defaults are these: it is spared finding the encodings each time. */
export const DEFAULTS = undefined as unknown as Bytes;

interface Range {
  readonly keyEncoding: 'utf8';
  readonly valueEncoding: 'view';
  readonly gt?: string;
  readonly gte?: string;
  readonly lt: string;
  readonly limit: number;
}

interface WriteOptions {
  readonly keyEncoding: 'utf8';
  readonly valueEncoding: 'view';
  readonly sync: boolean;
}

interface Batch {
  put(key: string, value: Uint8Array, options: Bytes): unknown;
  del(key: string, options: Bytes): unknown;
  write(options: { readonly sync: boolean }): Promise<void>;
  close(): Promise<void>;
}

/**
 * Any database of the Level family (abstract-level 3): `Level`, `ClassicLevel`, `BrowserLevel`,
 * `MemoryLevel`, a sublevel. This is what the driver uses of it.
 */
export interface LevelDatabase {
  readonly status: 'opening' | 'open' | 'closing' | 'closed';
  readonly supports: object;
  open(): Promise<void>;
  getSync(key: string, options: Bytes): Uint8Array | undefined;
  getMany(keys: string[], options: Bytes): Promise<(Uint8Array | undefined)[]>;
  put(key: string, value: Uint8Array, options: WriteOptions): Promise<void>;
  batch(): Batch;
  iterator(options: Range): AsyncIterable<[string, Uint8Array]>;
}

/** Whether a database has `getSync`. */
export function readsAtOnce(level: LevelDatabase): boolean {
  return (level.supports as { readonly getSync?: boolean }).getSync === true;
}
