import { isKvError } from '../errors/kv-error.js';
import type { Command, Hook } from './hook.js';

/** One line of the log: never a value. */
export interface LogRecord {
  readonly level: 'debug' | 'warn' | 'error';
  readonly verb: Command['verb'];
  /** At most ten of the keys; absent with `keys: false`. */
  readonly keys?: readonly string[] | undefined;
  readonly keyCount: number;
  readonly durationMs: number;
  /** Code of the error, if the command failed. */
  readonly code?: string | undefined;
  /** Whether the failed write may have happened. */
  readonly outcome?: string | undefined;
}

/** Options of {@link logging}. */
export interface LoggingOptions {
  /** Receives each record. What it, or its promise, fails with is ignored; nobody waits for it. */
  readonly log: (record: LogRecord) => unknown;
  /** `false` leaves keys out, a function rewrites them. Default `true`. */
  readonly keys?: boolean | ((key: string) => string) | undefined;
  /** Commands at least this slow are `warn` instead of `debug`. Default 1,000. */
  readonly slowMs?: number | undefined;
}

const MOST_KEYS = 10;

/** Reports every command, how long it took and how it ended: structured, without values. */
export function logging({ log, keys = true, slowMs = 1_000 }: LoggingOptions): Hook {
  const show = typeof keys === 'function' ? keys : (key: string) => key;
  const recordOf = (command: Command, startedAt: number, error: unknown): LogRecord => {
    const all = keysOf(command);
    const durationMs = performance.now() - startedAt;
    return {
      level: error === undefined ? (durationMs >= slowMs ? 'warn' : 'debug') : 'error',
      verb: command.verb,
      ...(keys === false ? {} : { keys: all.slice(0, MOST_KEYS).map(show) }),
      keyCount: all.length,
      durationMs,
      ...(error === undefined ? {} : { code: isKvError(error) ? error.code : 'UNKNOWN' }),
      ...(isKvError(error) ? { outcome: error.outcome } : {}),
    };
  };
  const report = async (command: Command, startedAt: number, error: unknown): Promise<void> => {
    try {
      await log(recordOf(command, startedAt, error));
    } catch {
      // A broken log must not break the store: the caller's answer is worth more.
    }
  };
  return {
    name: 'logging',
    async around(command, next) {
      const startedAt = performance.now();
      try {
        const answer = await next(command);
        void report(command, startedAt, undefined);
        return answer;
      } catch (error) {
        void report(command, startedAt, error ?? new Error('rejected with nothing'));
        throw error;
      }
    },
  };
}

/** The keys that a command names. */
export function keysOf(command: Command): readonly string[] {
  switch (command.verb) {
    case 'get':
      return command.keys;
    case 'write':
      return command.writes.map(({ key }) => key);
    case 'increment':
      return [command.increment.key];
    case 'mutate':
      return [command.key];
    case 'commit':
      return [...command.checks, ...command.writes].map(({ key }) => key);
    case 'scan':
      return [command.request.prefix];
    case 'sortedChange':
    case 'sortedQuery':
      return [command.set.key];
  }
}
