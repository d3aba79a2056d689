/** How names and records go to the database: names as UTF-8, which gives their order. */
export const BYTES = { keyEncoding: 'utf8', valueEncoding: 'view' } as const;

type Bytes = typeof BYTES;

interface Range extends Bytes {
  readonly gt?: string;
  readonly gte?: string;
  readonly lt: string;
  readonly limit: number;
}

interface Batch {
  put(key: string, value: Uint8Array, options: Bytes): unknown;
  del(key: string, options: { readonly keyEncoding: 'utf8' }): unknown;
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
  batch(): Batch;
  iterator(options: Range): AsyncIterable<[string, Uint8Array]>;
}
