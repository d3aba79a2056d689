import { KvError, type Outcome } from '@grovekv/kv-core/driver';
import { STATUS } from './protocol.js';

/** What a status of the server means for an item. All of them say that nothing was stored. */
export function refused(status: number): KvError {
  if (status === STATUS.TOO_LARGE) {
    return new KvError(
      'VALUE_TOO_LARGE',
      'the value is over the item size of the server (its -I): set maxItemBytes to that',
    );
  }
  const reason = status === STATUS.OUT_OF_MEMORY ? 'out of memory' : `status ${status}`;
  return unavailable(`Memcached refused: ${reason}`);
}

export function unavailable(message: string, outcome: Outcome = 'none', cause?: unknown): KvError {
  if (cause === undefined) return new KvError('UNAVAILABLE', message, { outcome });
  const because = cause instanceof Error ? ` (${cause.message})` : '';
  return new KvError('UNAVAILABLE', message + because, { outcome, cause });
}

export function timedOut(outcome: Outcome): KvError {
  return new KvError('TIMEOUT', 'Memcached did not answer in time; its connection was dropped', {
    outcome,
  });
}

export function closed(): KvError {
  return new KvError('CLOSED', 'the Memcached driver is closed');
}
