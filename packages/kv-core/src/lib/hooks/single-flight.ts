import type { Entry } from '../driver/driver.js';
import { KvError } from '../errors/kv-error.js';
import type { GetCommand, Hook, Next, ResultOf } from './hook.js';

/**
 * Shares one read among concurrent gets of a key: a get that is issued while another of the same key is
 * on its way takes that one's answer, which may be as old as the first one's start. A write through the
 * same store ends the sharing, so that a store reads its own writes. A caller that aborts leaves the
 * others alone.
 */
export function singleFlight(): Hook {
  const flights = new Map<string, Promise<Entry | undefined>>();
  return {
    name: 'singleFlight',
    around(command, next) {
      if (command.verb === 'get') {
        return share(command, next, flights) as Promise<ResultOf<typeof command>>;
      }
      if (command.verb !== 'scan') flights.clear();
      return next(command);
    },
  };
}

async function share(
  command: GetCommand,
  next: Next,
  flights: Map<string, Promise<Entry | undefined>>,
): Promise<readonly (Entry | undefined)[]> {
  const { keys, ttl, signal } = command;
  const flightOf = (key: string): string => `${ttl ? 't' : 'v'}${key}`;
  const missing = [...new Set(keys)].filter((key) => !flights.has(flightOf(key)));
  if (missing.length > 0) {
    const together = next({ verb: 'get', keys: missing, ttl });
    missing.forEach((key, index) => {
      const flight = flightOf(key);
      const one = together.then((entries) => entries[index]);
      flights.set(flight, one);
      const land = (): void => {
        if (flights.get(flight) === one) flights.delete(flight);
      };
      one.then(land, land);
    });
  }
  const shared = Promise.all(keys.map((key) => flights.get(flightOf(key))));
  const entries = await (signal ? untilAborted(shared, signal) : shared);
  // Each caller owns its bytes.
  return entries.map((entry) => entry && copyOf(entry));
}

function copyOf(entry: Entry): Entry {
  return { value: entry.value.slice(), version: entry.version, ttlMs: entry.ttlMs };
}

function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const abort = (): void =>
      reject(new KvError('ABORTED', 'the call was aborted', { cause: signal.reason }));
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
