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
 * since, or cannot be had, the call rejects with `outcome: 'unknown'`. A change that follows its record to
 * another key keeps its signature, as the record keeps its names.
 */
export async function signedUpdate<T extends Signed, R>(
  store: Store<T>,
  key: string,
  fn: (current: T | undefined, signature: Signature) => Change<T, R>,
  options?: CallOptions,
  signature = new Signature(),
): Promise<R> {
  // What the function throws has seen the record without the change; other failures have not seen it.
  let thrown: { readonly error: unknown } | undefined;
  const step = (current: T | undefined): Change<T, R> => {
    thrown = undefined;
    try {
      const unclear = signature.doubt && signature.mayBeForgotten(current?.changes ?? []);
      if (unclear) throw signature.doubt;
      return fn(current, signature);
    } catch (error) {
      thrown = { error };
      throw error;
    }
  };
  const startedAt = performance.now();
  for (;;) {
    const again = signature.doubt !== undefined;
    try {
      return await store.update<T, R>(key, step, { ...options, idempotent: again });
    } catch (error) {
      if (thrown?.error === error) throw error;
      if (again) throw withOutcome(error, signature.doubt);
      if (!inDoubt(error) || !signature.used) throw error;
      if (options?.signal?.aborted || performance.now() - startedAt > LONG_MS) throw error;
      signature.doubt = error;
    }
  }
}

/** Whether a failed call may have changed the store. */
export function inDoubt(error: unknown): boolean {
  return isKvError(error) && error.outcome === 'unknown';
}

/** A doubt that could not be settled stays one, whatever was in the way. */
function withOutcome(error: unknown, doubt: unknown): unknown {
  if (!isKvError(error) || error.outcome === 'unknown') return error;
  const { code, message, key } = error;
  return new KvError(code, message, { key, outcome: 'unknown', cause: doubt });
}
