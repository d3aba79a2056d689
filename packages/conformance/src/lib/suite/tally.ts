import { isKvError } from '@grovekv/kv-core';
import { equal, ok } from '../assert/assert.js';
import type { FaultOptions } from '../faults/faulty-driver.js';

/** How a lot of additions of 1 ended. */
export interface Tally {
  readonly acknowledged: { readonly call: number; readonly end: number; readonly value: number }[];
  /** When each call was made that may have happened. */
  readonly inDoubt: number[];
  refused: number;
}

/** So many calls one after the other for each client, counted by how they ended. */
export async function tally<C>(
  clients: readonly C[],
  calls: number,
  add: (client: C, number: number) => Promise<number>,
): Promise<Tally> {
  const result: Tally = { acknowledged: [], inDoubt: [], refused: 0 };
  await Promise.all(
    clients.map(async (client, index) => {
      for (let number = 0; number < calls; number += 1) {
        const call = performance.now();
        try {
          const value = await add(client, index * calls + number);
          result.acknowledged.push({ call, end: performance.now(), value });
        } catch (error) {
          if (!isKvError(error)) throw error;
          if (error.outcome === 'unknown') result.inDoubt.push(call);
          else result.refused += 1;
        }
      }
    }),
  );
  return result;
}

const NOISE: FaultOptions = { conflictRate: 0.1, delayMs: [0, 2] };

/**
 * Faults to add under. Where only requests are lost, nothing of what is in doubt has happened. Where
 * only replies are, a call that is made a second time has few doubts of its own to hide behind.
 */
export const faultMixes = [
  { name: 'lost replies', faults: { ...NOISE, lostReplyRate: 0.08 }, mayHappen: true },
  { name: 'lost requests', faults: { ...NOISE, lostRequestRate: 0.12 }, mayHappen: false },
  {
    name: 'lost replies and requests',
    faults: { ...NOISE, refusedRate: 0.05, lostReplyRate: 0.06, lostRequestRate: 0.06 },
    mayHappen: true,
  },
] as const;

/**
 * The counter's promise: acknowledged results are distinct and in the order of real time; every value
 * that nobody got belongs to an addition in doubt called before a larger result returned; the end lies
 * within what was acknowledged and what may have happened besides.
 */
export function expectCounter(
  end: unknown,
  { acknowledged, inDoubt }: Tally,
  mayHappen = true,
): void {
  ok(typeof end === 'number', `the counter is ${end}`);
  const count = acknowledged.length;
  const most = count + (mayHappen ? inDoubt.length : 0);
  ok(end >= count && end <= most, `the end is ${end}, not within ${count} to ${most}`);
  const byValue = [...acknowledged].sort((a, b) => a.value - b.value);
  equal(new Set(byValue.map(({ value }) => value)).size, count, 'distinct results');
  ok((byValue.at(-1)?.value ?? 0) <= end, 'no result is larger than the end');

  let latestCall = Number.NEGATIVE_INFINITY;
  for (const { call, end: returned, value } of byValue) {
    ok(returned >= latestCall, `${value} was returned before a smaller result was asked for`);
    latestCall = Math.max(latestCall, call);
  }
  const doubts = [...inDoubt].sort((a, b) => a - b);
  byValue.forEach(({ value, end: returned }, index) => {
    const skipped = value - 1 - index;
    const possible = doubts.filter((call) => call <= returned).length;
    ok(skipped <= possible, `below ${value} ${skipped} values are missing, ${possible} in doubt`);
  });
}
