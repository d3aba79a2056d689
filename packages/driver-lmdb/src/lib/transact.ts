import { type DriverCall, KvError } from '@grovekv/kv-core/driver';
import type { Environment } from './environment.js';

const LONGEST_TIMER_MS = 2 ** 31 - 1;

/**
 * Runs `body` in a transaction and settles within the call's time. A transaction that has not begun by
 * then never runs `body`, so that its outcome is certain.
 */
export function transact<T>(
  environment: Environment,
  { timeoutMs }: DriverCall,
  body: () => T,
): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    let state: 'waiting' | 'begun' | 'over' = 'waiting';
    const timer = setTimeout(
      () => {
        const outcome = state === 'begun' ? 'unknown' : 'none';
        state = 'over';
        reject(new KvError('TIMEOUT', `no commit within ${timeoutMs} ms`, { outcome }));
      },
      Math.min(timeoutMs, LONGEST_TIMER_MS),
    );
    const written = environment.transaction(() => {
      if (state === 'over') return undefined;
      state = 'begun';
      return body();
    });
    written.then(
      (result) => {
        clearTimeout(timer);
        resolve(result as T);
      },
      (error) => {
        clearTimeout(timer);
        reject(error);
      },
    );
  });
}
