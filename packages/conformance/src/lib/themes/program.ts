import { isKvError, type Store } from '@grovekv/kv-core';
import type { Condition, Driver, WriteResult } from '@grovekv/kv-core/driver';
import { fail, show } from '../assert/assert.js';
import { checkLinearizable } from '../linearizability/check-linearizable.js';
import { HistoryRecorder } from '../linearizability/history.js';
import { type KeyInput, type KeyOutput, keyModel } from '../linearizability/key-model.js';
import type { Random } from '../random/random.js';
import { add, put, read, remove, text } from '../suite/probe.js';
import type { TestContext } from '../suite/test-context.js';

/** A value with the version it was read at. */
interface Known {
  readonly value: string;
  readonly version: string;
}

/** Something that runs the operations of {@link KeyInput}: a driver or a store. */
export interface Actor {
  readonly canIncrement: boolean;
  get(key: string): Promise<Known | undefined>;
  set(key: string, value: string, condition: Condition): Promise<boolean>;
  delete(key: string, condition: Condition): Promise<boolean>;
  increment(key: string, by: number): Promise<string>;
}

/** Uses the driver's own methods; an entry told by a conflict is tried as a read of its own. */
export function driverActor(driver: Driver): Actor {
  const applied = async (write: Promise<WriteResult>): Promise<boolean> => (await write).applied;
  return {
    canIncrement: driver.increment !== undefined,
    async get(key) {
      const entry = await read(driver, key);
      return entry && { value: text(entry.value) ?? '', version: entry.version };
    },
    set: (key, value, condition) => applied(put(driver, key, value, { if: condition })),
    delete: (key, condition) => applied(remove(driver, key, condition)),
    increment: async (key, by) => String((await add(driver, key, by)).value),
  };
}

/** Uses a store; values are numbers there, so that counters and registers are the same. */
export function storeActor(store: Store): Actor {
  return {
    canIncrement: true,
    async get(key) {
      const entry = await store.getEntry<number>(key);
      return entry && { value: String(entry.value), version: entry.version };
    },
    set: (key, value, condition) => store.set(key, Number(value), { if: condition }),
    delete: async (key, condition) => {
      const deleted = await store.delete(key, { if: condition });
      return condition === 'any' ? true : deleted;
    },
    increment: async (key, by) => String((await store.increment(key, by)).value),
  };
}

export type Histories = ReadonlyMap<string, HistoryRecorder<KeyInput, KeyOutput>>;

/** How large a program is. Keep a key to 8 callers and 300 operations. */
const KEYS = 3;
const CALLERS_PER_ACTOR = 2;
const OPERATIONS_PER_CALLER = 25;

/** Lets every actor work at once on a few keys, and records what each operation did. */
export async function runProgram(
  { key, random }: TestContext,
  actors: readonly Actor[],
  name: string,
): Promise<Histories> {
  const histories = new Map(
    Array.from({ length: KEYS }, (_, index) => [
      key(`${name}${index}`),
      new HistoryRecorder<KeyInput, KeyOutput>(),
    ]),
  );
  const values = uniqueValues(random);
  await Promise.all(
    actors.flatMap((actor, client) =>
      Array.from({ length: CALLERS_PER_ACTOR }, async (_, caller) => {
        const own = random.fork();
        const known = new Map<string, Known>();
        for (let done = 0; done < OPERATIONS_PER_CALLER; done += 1) {
          const k = own.pick([...histories.keys()]);
          const input = chooseInput(own, known.get(k), actor, values);
          const recorder = histories.get(k) as HistoryRecorder<KeyInput, KeyOutput>;
          const id = client * CALLERS_PER_ACTOR + caller;
          await recorder.record(id, input, () => perform(actor, k, input, known), isInDoubt);
        }
      }),
    ),
  );
  return histories;
}

/** Every key's history must be linearizable. */
export function checkHistories(histories: Histories): void {
  for (const [key, { operations }] of histories) {
    const { verdict, longest, steps } = checkLinearizable(operations, keyModel);
    if (verdict === 'linearizable') continue;
    const tail = longest.slice(-4).map(({ input, output }) => `${show(input)} → ${show(output)}`);
    const placed = `${longest.length} of ${operations.length} operations placed in ${steps} steps`;
    fail(
      `the history of ${key} is not linearizable (${verdict}; ${placed}; last: ${tail.join(', ')})`,
    );
  }
}

/** An error that says nothing about the outcome, or is none of ours, fails the test at once. */
function isInDoubt(error: unknown): boolean {
  if (!isKvError(error)) throw error;
  if (error.outcome === 'unknown') return true;
  if (error.code === 'UNAVAILABLE' || error.code === 'CONTENTION') return false;
  throw error;
}

function uniqueValues(random: Random): () => string {
  let next = random.int(1_000, 9_000) * 1_000_000;
  return () => {
    next += random.int(1_000, 1_000_000);
    return String(next);
  };
}

function chooseInput(
  random: Random,
  known: Known | undefined,
  actor: Actor,
  value: () => string,
): KeyInput {
  const kind = random.int(0, 15);
  if (kind < 4) return { type: 'get' };
  if (kind < 6) return { type: 'set', value: value() };
  if (kind < 7) return { type: 'set if absent', value: value() };
  if (kind < 8) return { type: 'set if present', value: value() };
  if (kind < 9) return { type: 'delete' };
  if (kind < 10 && known) return { type: 'delete if', from: known.value };
  if (kind < 13 && known) return { type: 'swap', from: known.value, value: value() };
  return actor.canIncrement ? { type: 'increment', by: random.int(1, 999) } : { type: 'get' };
}

async function perform(
  actor: Actor,
  key: string,
  input: KeyInput,
  known: Map<string, Known>,
): Promise<KeyOutput> {
  const version = known.get(key)?.version ?? '';
  switch (input.type) {
    case 'get': {
      const entry = await actor.get(key);
      if (entry) known.set(key, entry);
      return entry?.value ?? null;
    }
    case 'set':
      return actor.set(key, input.value, 'any');
    case 'set if absent':
      return actor.set(key, input.value, 'absent');
    case 'set if present':
      return actor.set(key, input.value, 'present');
    case 'swap':
      return actor.set(key, input.value, { version });
    case 'delete':
      return actor.delete(key, 'any');
    case 'delete if':
      return actor.delete(key, { version });
    case 'increment':
      return actor.increment(key, input.by);
  }
}
