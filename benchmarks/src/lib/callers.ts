import { jain } from './statistics.js';
import type { Sample } from './workload.js';

/** One operation of a caller; `turn` counts its operations. */
export type Operation = (caller: number, turn: number) => unknown;

/** A look at the clock is no part of what is measured, so it is not taken at every turn. */
const TURNS_PER_LOOK = 16;

/** What callers did. */
export interface CallersSample extends Sample {
  /** Operations of each caller. */
  readonly turns: readonly number[];
}

/**
 * Callers that each do one operation after the other, awaited, until the time is up. An operation that
 * takes long can afford a look at the clock at each turn.
 */
export async function runCallers(
  count: number,
  ms: number,
  operation: Operation,
  turnsPerLook = TURNS_PER_LOOK,
): Promise<CallersSample> {
  const { stop, done } = measure();
  const until = performance.now() + ms;
  const turns = new Array<number>(count).fill(0);
  let over = false;
  const caller = async (id: number): Promise<void> => {
    let turn = 0;
    while (!over) {
      await operation(id, turn);
      turn += 1;
      if (turn % turnsPerLook === 0 && performance.now() >= until) over = true;
    }
    turns[id] = turn;
  };
  await Promise.all(turns.map((_, id) => caller(id)));
  stop();
  return done(turns);
}

/** The same by one caller without awaiting anything: for what is not asynchronous. */
export function runSync(ms: number, operation: Operation): CallersSample {
  const { stop, done } = measure();
  const until = performance.now() + ms;
  let turn = 0;
  do {
    for (let left = TURNS_PER_LOOK; left > 0; left -= 1) operation(0, turn++);
  } while (performance.now() < until);
  stop();
  return done([turn]);
}

function measure() {
  const cpu = process.cpuUsage();
  const start = performance.now();
  let seconds = 0;
  let cpuMicros = 0;
  return {
    stop(): void {
      seconds = (performance.now() - start) / 1_000;
      const { user, system } = process.cpuUsage(cpu);
      cpuMicros = user + system;
    },
    done(turns: readonly number[]): CallersSample {
      const operations = turns.reduce((sum, count) => sum + count, 0);
      return { operations, seconds, cpuMicros, fairness: jain(turns), turns };
    },
  };
}
