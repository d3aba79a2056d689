import { runCallers, runSync } from './callers.js';
import { keysOf, someValue } from './values.js';
import type { Case, Contender, Prepared, Role, Target } from './workload.js';

/** Something that keeps values under keys. */
export interface KeyValue {
  get(key: string): unknown;
  set(key: string, value: unknown): unknown;
  close?(): unknown;
}

/** A way to keep values. `codec` does not wait for anything. */
export interface KeyValueContender {
  readonly name: string;
  readonly role: Role;
  open(): Promise<KeyValue> | KeyValue;
}

/** Gets and sets of a 100-byte JSON value by one and by 64 callers. */
export function getSetCases(
  contenders: readonly KeyValueContender[],
  targets: (verb: 'get' | 'set', callers: number) => readonly Target[],
): Case[] {
  return ([64, 1] as const).flatMap((callers) =>
    (['get', 'set'] as const).map((verb) => ({
      title: `${verb}, ${callers === 1 ? '1 caller' : `${callers} callers`}`,
      contenders: contenders.map((contender) => toContender(contender, verb, callers)),
      targets: targets(verb, callers),
    })),
  );
}

function toContender(
  contender: KeyValueContender,
  verb: 'get' | 'set',
  callers: number,
): Contender {
  const { name, role } = contender;
  return { name, role, prepare: () => prepare(contender, verb, callers) };
}

async function prepare(
  { name, role, open }: KeyValueContender,
  verb: 'get' | 'set',
  callers: number,
): Promise<Prepared> {
  const keys = keysOf(callers);
  const store = await open();
  for (const [turn, key] of keys.flat().entries()) await store.set(key, someValue(turn));
  const probe = await store.get(keys[0]![0]!);
  if (JSON.stringify(probe) !== JSON.stringify(someValue(0)))
    throw new Error(`${name} lost a value`);

  const keyOf = (caller: number, turn: number): string => {
    const own = keys[caller]!;
    return own[turn % own.length]!;
  };
  const operation =
    verb === 'get'
      ? (caller: number, turn: number) => store.get(keyOf(caller, turn))
      : (caller: number, turn: number) => store.set(keyOf(caller, turn), someValue(turn));
  return {
    run: async (ms) =>
      role === 'codec' ? runSync(ms, operation) : runCallers(callers, ms, operation),
    close: async () => {
      await store.close?.();
    },
  };
}
