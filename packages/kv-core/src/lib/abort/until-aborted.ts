import { KvError, type Outcome } from '../errors/kv-error.js';

/** What a caller gets that has given up. */
export function abortedError(signal: AbortSignal, outcome: Outcome): KvError {
  return new KvError('ABORTED', 'the call was aborted', { outcome, cause: signal.reason });
}

/** The promise's answer, or `ABORTED` as soon as the signal fires; what goes on is not stopped. */
export function untilAborted<T>(
  promise: Promise<T>,
  signal: AbortSignal | undefined,
  outcome: Outcome,
): Promise<T> {
  if (!signal) return promise;
  return new Promise<T>((resolve, reject) => {
    const abort = (): void => reject(abortedError(signal, outcome));
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
