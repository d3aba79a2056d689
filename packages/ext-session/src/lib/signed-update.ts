import { type CallOptions, type Change, isKvError, KvError, type Store } from '@grovekv/kv-core';
import { Signature } from './signature.js';

/** Options of {@link signedUpdate}. */
export interface SignedOptions<T> extends CallOptions {
  /** What the record was when it was last seen. */
  readonly seen?: T | undefined;
}

/** What has taken so long is not given the same time again. */
const LONG_MS = 1_000;

/**
 * `store.update` for a change that must not be made twice: `fn` asks the signature first whether it is
 * settled. If its reply is lost, the record is looked at again: the change is there, or it is made now. If
 * the record cannot tell, because too much was written since, or cannot be had, the call rejects with
 * `outcome: 'unknown'`. `answer` makes something else of the result. A change that follows its record to another key keeps its signature, as the record
 * keeps its names.
 */
export function signedUpdate<T, R, A>(
  store: Store<T>,
  key: string,
  fn: (current: T | undefined, signature: Signature) => Change<T, R>,
  options: SignedOptions<T> | undefined,
  answer: (result: R) => A | Promise<A>,
  signature = new Signature(),
): Promise<A> {
  const signal = options?.signal;
  // What the function throws has seen the record without the change; other failures have not seen it.
  let thrown: { readonly error: unknown } | undefined;
  const step = (current: T | undefined): Change<T, R> => {
    thrown = undefined;
    try {
      return fn(current, signature);
    } catch (error) {
      thrown = { error };
      throw error;
    }
  };
  const again = signature.doubt !== undefined;
  const startedAt = performance.now();
  return store
    .update<T, R>(key, step, { signal, idempotent: again, seen: again ? undefined : options?.seen })
    .then(answer, (error: unknown) => {
      if (thrown?.error === error) throw error;
      if (again) throw withOutcome(error, signature.doubt);
      if (!inDoubt(error) || !signature.used) throw error;
      if (signal?.aborted || performance.now() - startedAt > LONG_MS) throw error;
      signature.doubt = error;
      return signedUpdate(store, key, fn, options, answer, signature);
    });
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
