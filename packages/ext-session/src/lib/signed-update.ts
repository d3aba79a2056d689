import { type CallOptions, type Change, isKvError, type Store } from '@grovekv/kv-core';
import { Signature } from './signature.js';

/** A record that keeps the names of its last writes. */
interface Signed {
  readonly changes?: readonly string[] | undefined;
}

/** What has taken so long is not given the same time again. */
const LONG_MS = 1_000;

/**
 * `store.update` for a change that must not be made twice. If its reply is lost, the record is looked at
 * again: the change is there, or it is made now. If the record cannot tell, because too much was written
 * since, the call rejects with what it had rejected with: `outcome` is `unknown`.
 */
export async function signedUpdate<T extends Signed, R>(
  store: Store<T>,
  key: string,
  fn: (current: T | undefined, signature: Signature) => Change<T, R>,
  options?: CallOptions,
): Promise<R> {
  const signature = new Signature();
  const startedAt = performance.now();
  try {
    return await store.update<T, R>(key, (current) => fn(current, signature), options);
  } catch (error) {
    const doubtful = isKvError(error) && error.outcome === 'unknown' && signature.used;
    const over = options?.signal?.aborted || performance.now() - startedAt > LONG_MS;
    if (!doubtful || over) throw error;
    const again = (current: T | undefined): Change<T, R> => {
      if (signature.mayBeForgotten(current?.changes ?? [])) throw error;
      return fn(current, signature);
    };
    return store.update<T, R>(key, again, { ...options, idempotent: true });
  }
}
