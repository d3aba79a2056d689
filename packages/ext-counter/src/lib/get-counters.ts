import type { CallOptions, Store } from '@grovekv/kv-core';
import { keyOf } from './arguments.js';
import { ledgerCodec } from './ledger.js';

/**
 * The values of several counters of `createCounter`, in the order of `names`, 0 for what is not stored.
 * One request; each value is read by itself, they are not a snapshot.
 *
 * @throws KvError `NOT_AN_INTEGER`, `OUT_OF_RANGE` or `INVALID_KEY` for any of them.
 */
export async function getCounters(
  store: Store,
  names: readonly string[],
  options?: CallOptions,
): Promise<number[]> {
  const keys = names.map((name) => keyOf('counter:', name));
  const ledgers = await store.with({ codec: ledgerCodec }).getMany(keys, options);
  return ledgers.map((ledger) => ledger?.value ?? 0);
}
