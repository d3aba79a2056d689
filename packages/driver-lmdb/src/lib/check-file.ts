import { closeSync, openSync, readSync } from 'node:fs';
import { endianness } from 'node:os';
import { extname, join } from 'node:path';
import { unavailable } from './lmdb-errors.js';

const MAGIC = 0xbeefc0de;
const DATA_VERSION = 2;
/** Where LMDB's first page has these. */
const MAGIC_AT = 24;
const VERSION_AT = 28;
const PAGE_SIZE_AT = 48;
const LARGEST_PAGE = 65_536;

/**
 * Refuses a file that is not LMDB's, because lmdb crashes the process when it opens one. Damage further
 * inside is not seen.
 */
export function checkFile(path: string): void {
  const file = extname(path) === '' ? join(path, 'data.mdb') : path;
  let handle: number;
  try {
    handle = openSync(file, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  try {
    const start = Buffer.alloc(2 * LARGEST_PAGE);
    const length = readSync(handle, start, 0, start.length, 0);
    if (length > 0 && !isDatabase(start.subarray(0, length))) {
      throw unavailable(`${file} is not an LMDB database, or is damaged`, 'none');
    }
  } finally {
    closeSync(handle);
  }
}

function isDatabase(start: Buffer): boolean {
  const little = endianness() === 'LE';
  const view = new DataView(start.buffer, start.byteOffset, start.byteLength);
  const isMeta = (page: number): boolean =>
    view.byteLength >= page + PAGE_SIZE_AT + 4 &&
    view.getUint32(page + MAGIC_AT, little) === MAGIC &&
    view.getUint16(page + VERSION_AT, little) === DATA_VERSION;
  if (!isMeta(0)) return false;
  const pageSize = view.getUint32(PAGE_SIZE_AT, little);
  const sane = pageSize >= 512 && pageSize <= LARGEST_PAGE;
  return sane && start.byteLength >= 2 * pageSize && isMeta(pageSize);
}
