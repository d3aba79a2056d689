import { isKvError, KvError } from '../errors/kv-error.js';
import { type Command, type Hook, isRead } from './hook.js';

/** Options of {@link retry}. */
export interface RetryOptions {
  /** Attempts in all, the first included. Default 3. */
  readonly attempts?: number | undefined;
  /** The first pause is anything from 0 to this, and doubles (full jitter). Default 50. */
  readonly baseMs?: number | undefined;
  /** No pause is longer. Default 1,000. */
  readonly maxMs?: number | undefined;
  /** For tests. Default `Math.random`. */
  readonly random?: (() => number) | undefined;
  /** For tests. Default: a timer. */
  readonly sleep?: ((ms: number, signal?: AbortSignal) => Promise<void>) | undefined;
}

/**
 * Tries again after `UNAVAILABLE` or `TIMEOUT`, with growing pauses of random length. Reads always; writes
 * only when the error says that nothing has happened (`outcome: 'none'`): never a write in doubt, which
 * could count twice. Each attempt has the store's whole timeout. A call that
 * is tried again takes its turn anew: later calls on its key may have gone before it.
 */
export function retry(options: RetryOptions = {}): Hook {
  const { attempts = 3, baseMs = 50, maxMs = 1_000, random = Math.random, sleep = pause } = options;
  if (
    !Number.isSafeInteger(attempts) ||
    attempts < 1 ||
    !(baseMs >= 0) ||
    !(maxMs >= 0 && maxMs < 2 ** 31)
  ) {
    throw new KvError(
      'INVALID_ARGUMENT',
      'retry takes attempts from 1 and pauses from 0, below 2^31',
    );
  }
  return {
    name: 'retry',
    async around(command, next) {
      for (let attempt = 1; ; attempt += 1) {
        try {
          return await next(command);
        } catch (error) {
          if (attempt >= attempts || !worthwhile(error, command)) throw error;
          await sleep(random() * Math.min(maxMs, baseMs * 2 ** (attempt - 1)), command.signal);
        }
      }
    },
  };
}

function worthwhile(error: unknown, command: Command): boolean {
  if (!isKvError(error, 'UNAVAILABLE') && !isKvError(error, 'TIMEOUT')) return false;
  // Of several independent writes some may have been applied before one failed.
  const several = command.verb === 'write' && command.writes.length > 1;
  return isRead(command) || (error.outcome === 'none' && !several);
}

function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal?.addEventListener('abort', end);
  });
}
