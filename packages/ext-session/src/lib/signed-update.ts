import { type CallOptions, type Change, isKvError, KvError, type Store } from '@grovekv/kv-core';
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
 * since, or cannot be had, the call rejects with what it had rejected with: `outcome` is `unknown`.
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
    if (!inDoubt(error) || !signature.used) throw error;
    if (options?.signal?.aborted || performance.now() - startedAt > LONG_MS) throw error;
    return settle(store, key, fn, signature, error, options);
  }
}

/** Whether a failed call may have changed the store. */
export function inDoubt(error: unknown): boolean {
  return isKvError(error) && error.outcome === 'unknown';
}

async function settle<T extends Signed, R>(
  store: Store<T>,
  key: string,
  fn: (current: T | undefined, signature: Signature) => Change<T, R>,
  signature: Signature,
  doubt: unknown,
  options: CallOptions | undefined,
): Promise<R> {
  // What the function throws has seen the record without the change; other failures have not seen it.
  let thrown: { readonly error: unknown } | undefined;
  const again = (current: T | undefined): Change<T, R> => {
    thrown = undefined;
    try {
      if (signature.mayBeForgotten(current?.changes ?? [])) throw doubt;
      return fn(current, signature);
    } catch (error) {
      thrown = { error };
      throw error;
    }
  };
  try {
    return await store.update<T, R>(key, again, { ...options, idempotent: true });
  } catch (error) {
    throw thrown?.error === error ? error : withOutcome(error, doubt);
  }
}

/** The failure to settle a doubt leaves it. */
function withOutcome(error: unknown, doubt: unknown): unknown {
  if (!isKvError(error)) return error;
  const { code, message, key, outcome } = error;
  if (outcome === 'unknown') return error;
  return new KvError(code, message, { key, outcome: 'unknown', cause: doubt });
}
