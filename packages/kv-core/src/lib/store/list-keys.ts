import { KvError } from '../errors/kv-error.js';
import type { Next } from '../hooks/hook.js';
import type { KeysOptions } from './store.js';

const DEFAULT_PAGE_SIZE = 500;

/** Lists keys page by page, fetching the next only when it is asked for. */
export async function* listKeys(run: Next, options: KeysOptions): AsyncIterableIterator<string> {
  const { prefix = '', pageSize = DEFAULT_PAGE_SIZE, signal } = options;
  if (typeof prefix !== 'string' || !prefix.isWellFormed()) {
    throw new KvError('INVALID_KEY', 'a prefix is a well-formed string');
  }
  if (!Number.isSafeInteger(pageSize) || pageSize < 1) {
    throw new KvError('INVALID_ARGUMENT', 'pageSize is an integer from 1');
  }
  let cursor: string | undefined;
  do {
    const request = { prefix, limit: pageSize, ...(cursor === undefined ? {} : { cursor }) };
    const page = await run({ verb: 'scan', request, signal });
    yield* page.keys;
    cursor = page.cursor;
  } while (cursor !== undefined);
}
