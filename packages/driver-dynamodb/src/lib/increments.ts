import { randomUUID } from 'node:crypto';
import { type Increment, type IncrementResult, isKvError, KvError } from '@grovekv/kv-core/driver';
import { ConditionUnmet } from './dynamodb-error.js';
import { Expression } from './expression.js';
import { type Item, parseInteger } from './item-format.js';
import type { Plan } from './plan.js';
import { readItem } from './reads.js';
import type { Table } from './table.js';
import { sendOne } from './writes.js';

const MOST_ATTEMPTS = 100;

const encoder = new TextEncoder();

export type Incremented = IncrementResult | KvError;

/** Each addition in a request of its own: DynamoDB has no batch of updates. */
export function incrementAll(
  table: Table,
  increments: readonly Increment[],
  due: number,
): Promise<Incremented[]> {
  return Promise.all(
    increments.map((increment) =>
      incrementOne(table, increment, due).catch((error: unknown) => {
        if (!isKvError(error)) throw error;
        return error;
      }),
    ),
  );
}

/** What is at the key: the item, `undefined` for none, or nothing that was looked at yet. */
type Seen = { readonly item: Item | undefined } | undefined;

/**
 * Adds in one request if the key is a counter within bounds, or missing and without a ttl to get. If
 * not, what stands there says what to do instead, on condition that it still stands there.
 */
async function incrementOne(
  table: Table,
  increment: Increment,
  due: number,
): Promise<IncrementResult> {
  const { key, min, max } = increment;
  const impossible = min > max;
  let seen: Seen = impossible ? { item: await readItem(table, key, due) } : undefined;
  for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt += 1) {
    try {
      return await attemptOnce(table, increment, seen, due);
    } catch (error) {
      if (!(error instanceof ConditionUnmet)) throw error;
      seen = { item: error.item ?? (await readItem(table, key, due)) };
    }
  }
  throw new KvError('CONTENTION', 'the counter kept changing its form', { key });
}

async function attemptOnce(
  table: Table,
  increment: Increment,
  seen: Seen,
  due: number,
): Promise<IncrementResult> {
  const { key, by, min, max, ttlOnCreate } = increment;
  if (!seen) return addTo(table, increment, due);
  const { format, planner } = table;
  const item = format.alive(seen.item);
  const entry = format.entry(item);
  const value = entry ? parseInteger(entry.value) : 0;
  const next = value + by;
  if (next < min || next > max) return { value, applied: false };
  if (item?.[format.names.number]) return addTo(table, increment, due);
  const write = { type: 'put', key, condition: 'absent', ttl: ttlOnCreate ?? 'none' } as const;
  const { plan, version } = entry
    ? planner.convert(key, next, entry.version)
    : planner.plan({ ...write, value: encoder.encode(String(next)) });
  await sendOne(table, key, plan, version, due);
  return { value: next, applied: true };
}

async function addTo(table: Table, increment: Increment, due: number): Promise<IncrementResult> {
  const version = randomUUID();
  const plan = planAddition(table, increment, version);
  const item = await sendOne(table, increment.key, plan, version, due);
  return { value: Number(item?.[table.format.names.number]?.N), applied: true };
}

function planAddition(
  { name, format }: Table,
  { key, by, min, max, ttlOnCreate }: Increment,
  version: string,
): Plan {
  const expression = new Expression(format);
  const number = expression.name('number');
  const bound = (label: string, limit: number): string =>
    expression.value(label, { N: String(BigInt(limit) - BigInt(by)) });
  const within = `${number} >= ${bound('least', min)} AND ${number} <= ${bound('most', max)}`;
  const counts = `(${within} AND ${expression.notExpired()})`;
  const creates = ttlOnCreate === undefined && by >= min && by <= max;
  const absent = creates ? `attribute_not_exists(${expression.name('key')}) OR ` : '';
  const set = `SET ${expression.name('version')} = ${expression.value('new', { S: version })}`;
  return {
    Update: {
      TableName: name,
      Key: format.keyOf(key),
      UpdateExpression: `ADD ${number} ${expression.value('by', { N: String(by) })} ${set}`,
      ConditionExpression: `${absent}${counts}`,
      ...expression.parts,
    },
  };
}
