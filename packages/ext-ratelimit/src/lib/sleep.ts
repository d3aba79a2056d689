import { type Clock, KvError } from '@grovekv/kv-core';

/** Waits; rejects with `ABORTED` when the signal fires, and leaves nothing behind then. */
export function sleep(
  clock: Clock,
  ms: number,
  key: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const aborted = (): void => {
      cancel();
      reject(new KvError('ABORTED', 'the wait was aborted', { key, cause: signal?.reason }));
    };
    const cancel = clock.setTimer(() => {
      signal?.removeEventListener('abort', aborted);
      resolve();
    }, ms);
    if (signal?.aborted) aborted();
    else signal?.addEventListener('abort', aborted, { once: true });
  });
}
