import { type DriverCall, KvError, type Outcome } from '@grovekv/kv-core/driver';
import type { Environment } from './environment.js';

const LONGEST_TIMER_MS = 2 ** 31 - 1;

/**
 * Runs `body` in a transaction and settles within the call's time. A transaction that has not begun by
 * then never runs `body`, so that its outcome is certain.
 */
export function transact<T>(environment: Environment, call: DriverCall, body: () => T): Promise<T> {
  let state: 'waiting' | 'begun' | 'over' = 'waiting';
  const written = environment.transaction(() => {
    if (state === 'over') return undefined;
    state = 'begun';
    return body();
  });
  return within(call, written as Promise<T>, () => {
    const outcome = state === 'begun' ? 'unknown' : 'none';
    state = 'over';
    return outcome;
  });
}

/** The same answer, or `TIMEOUT` with the outcome that `late` tells. */
export function within<T>(
  { timeoutMs }: DriverCall,
  answer: Promise<T>,
  late: () => Outcome,
): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new KvError('TIMEOUT', `no commit within ${timeoutMs} ms`, { outcome: late() })),
      Math.min(timeoutMs, LONGEST_TIMER_MS),
    );
    answer.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
