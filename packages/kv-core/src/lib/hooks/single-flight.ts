import { untilAborted } from '../abort/until-aborted.js';
import type { Entry } from '../driver/driver.js';
import { type GetCommand, type Hook, isRead, type Next, type ResultOf } from './hook.js';

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
      if (!isRead(command)) flights.clear();
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
  for (const key of missing) {
    const flight = flightOf(key);
    // A command for each: another key's failure must not be this one's. They go down as one batch.
    const one = next({ verb: 'get', keys: [key], ttl }).then(([entry]) => entry);
    flights.set(flight, one);
    const land = (): void => {
      if (flights.get(flight) === one) flights.delete(flight);
    };
    one.then(land, land);
  }
  return untilAborted(Promise.all(keys.map((key) => flights.get(flightOf(key)))), signal, 'none');
}
