import { isKvError, KvError, type KvErrorCode } from '../errors/kv-error.js';
import type { Hook } from './hook.js';

/** Options of {@link circuitBreaker}. */
export interface CircuitBreakerOptions {
  /** Failures in a row that open it. Default 5. */
  readonly failures?: number | undefined;
  /** How long it stays open before one command may try. Default 10,000. */
  readonly openMs?: number | undefined;
  /** Told of every change of state; what it throws is ignored. */
  readonly onChange?: ((state: CircuitState) => void) | undefined;
  /** For tests. Default `performance.now`. */
  readonly monotonic?: (() => number) | undefined;
}

/** What only a server's answer can lead to. */
const ANSWERS: ReadonlySet<KvErrorCode> = new Set<KvErrorCode>([
  'NOT_AN_INTEGER',
  'OUT_OF_RANGE',
  'WRONG_TYPE',
  'CORRUPT_VALUE',
  'DECRYPT_FAILED',
  'CONTENTION',
]);

/** `closed`: all pass. `open`: none pass. `half-open`: one is trying. */
export type CircuitState = 'closed' | 'open' | 'half-open';

/**
 * Stops asking a server that does not answer: after several `UNAVAILABLE` or `TIMEOUT` in a row commands
 * fail at once with `UNAVAILABLE`, outcome `none`; after `openMs` one is let through, and its success closes
 * the circuit. Conflicts, bad input and aborts are no failures, and what is refused before the server is
 * asked closes nothing. Give each driver its own.
 */
export function circuitBreaker(options: CircuitBreakerOptions = {}): Hook {
  const { failures = 5, openMs = 10_000, onChange, monotonic = () => performance.now() } = options;
  if (!Number.isSafeInteger(failures) || failures < 1 || !(openMs > 0)) {
    throw new KvError(
      'INVALID_ARGUMENT',
      'circuitBreaker takes failures from 1 and openMs above 0',
    );
  }
  let state: CircuitState = 'closed';
  let inARow = 0;
  let openedAt = 0;

  const become = (next: CircuitState): void => {
    if (state === next) return;
    state = next;
    try {
      onChange?.(next);
    } catch {
      // Whoever watches must not decide what the command comes to.
    }
  };

  return {
    name: 'circuitBreaker',
    async around(command, next) {
      const probe = state === 'open' && monotonic() - openedAt >= openMs;
      if (probe) become('half-open');
      else if (state !== 'closed') {
        throw new KvError('UNAVAILABLE', 'the circuit is open: the server did not answer');
      }
      try {
        const answer = await next(command);
        if (probe || state === 'closed') {
          inARow = 0;
          become('closed');
        }
        return answer;
      } catch (error) {
        if (isKvError(error, 'UNAVAILABLE') || isKvError(error, 'TIMEOUT')) {
          inARow += 1;
          if (probe || (state === 'closed' && inARow >= failures)) {
            openedAt = monotonic();
            become('open');
          }
        } else if (isKvError(error) && ANSWERS.has(error.code)) {
          // The server is there.
          if (probe || state === 'closed') {
            inARow = 0;
            become('closed');
          }
        } else if (probe) {
          // An abort, or bad input that was refused before the server was asked, shows nothing.
          become('open');
        }
        throw error;
      }
    },
  };
}
