import {
  BatchWriteItemCommand,
  type BatchWriteItemCommandOutput,
  DeleteItemCommand,
  PutItemCommand,
  UpdateItemCommand,
  type WriteRequest,
} from '@aws-sdk/client-dynamodb';
import { isKvError, KvError, type Write, type WriteResult } from '@grovekv/kv-core/driver';
import { pause } from './backoff.js';
import { chunks } from './chunks.js';
import type { Command } from './dynamodb-client.js';
import { ConditionUnmet, unavailable } from './dynamodb-error.js';
import type { Item } from './item-format.js';
import type { Plan, PlannedWrite } from './plan.js';
import { readItem, readItems } from './reads.js';
import type { Table } from './table.js';

const MOST_WRITES = 25;

/** A put of `keep` meets an item that expires or comes back between its two requests: hardly twice. */
const MOST_ATTEMPTS = 20;

export type Written = WriteResult | KvError;

/** Writes without a condition go by BatchWriteItem, all others each in a request of its own. */
export async function writeAll(
  table: Table,
  writes: readonly Write[],
  due: number,
): Promise<Written[]> {
  const results: Written[] = new Array(writes.length);
  const plain: Place[] = [];
  const settled: Promise<void>[] = [];
  writes.forEach((write, index) => {
    const place = { index, key: write.key, planned: table.planner.plan(write) };
    if (isPlain(write)) plain.push(place);
    else settled.push(alone(place));
  });
  if (plain.length === 1) settled.push(alone(plain[0]!));
  else if (plain.length > 1) settled.push(...chunks(plain, MOST_WRITES).map(together));
  await Promise.all(settled);
  return results;

  async function alone({ index, key, planned }: Place): Promise<void> {
    results[index] = await writeOne(table, key, planned, due).catch(toResult);
  }

  async function together(places: readonly Place[]): Promise<void> {
    const done = await writeBatch(table, places, due).catch((error: unknown) => {
      const failed = toResult(error);
      return places.map(() => failed);
    });
    places.forEach(({ index }, position) => {
      results[index] = done[position]!;
    });
  }
}

interface Place {
  readonly index: number;
  readonly key: string;
  readonly planned: PlannedWrite;
}

function isPlain(write: Write): boolean {
  if (write.condition !== 'any' || write.type === 'touch') return false;
  return write.type === 'delete' || write.ttl !== 'keep';
}

function toResult(error: unknown): KvError {
  if (!isKvError(error)) throw error;
  return error;
}

async function writeOne(
  table: Table,
  key: string,
  { plan, ifExpired, version }: PlannedWrite,
  due: number,
): Promise<WriteResult> {
  for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt += 1) {
    try {
      await sendOne(table, key, attempt % 2 && ifExpired ? ifExpired : plan, version, due);
      return { applied: true, version };
    } catch (error) {
      if (!(error instanceof ConditionUnmet)) throw error;
      if (!ifExpired) return { applied: false, ...(await current(table, key, error, due)) };
    }
  }
  throw new KvError('CONTENTION', 'the item kept expiring and coming back', { key });
}

/**
 * Sends one write and answers with what the server returns. If nobody knows whether it was applied, the
 * version that is stored may tell: if it is ours, it was. If not, it may still come.
 */
export async function sendOne(
  table: Table,
  key: string,
  plan: Plan,
  version: string | undefined,
  due: number,
): Promise<Item | undefined> {
  try {
    const output = await table.requests.send<{ Attributes?: Item }>(toCommand(plan), {
      due,
      write: true,
    });
    return output.Attributes;
  } catch (error) {
    if (version === undefined || !mayBeSettled(error)) throw error;
    const item = await readItem(table, key, due).catch(() => undefined);
    if (table.format.versionIn(item) === version) return item;
    throw error;
  }
}

/** Nobody knows whether it was applied, and there is time left to look. */
function mayBeSettled(error: unknown): error is KvError {
  return isKvError(error, 'UNAVAILABLE') && error.outcome === 'unknown';
}

function toCommand(plan: Plan): Command {
  if ('Put' in plan) return new PutItemCommand(withOld(plan.Put));
  if ('Delete' in plan) return new DeleteItemCommand(withOld(plan.Delete));
  return new UpdateItemCommand({ ...withOld(plan.Update), ReturnValues: 'UPDATED_NEW' });
}

/** Asks for what stands there if the condition fails. */
function withOld<P extends { readonly ConditionExpression?: string }>(parts: P) {
  if (parts.ConditionExpression === undefined) return parts;
  return { ...parts, ReturnValuesOnConditionCheckFailure: 'ALL_OLD' as const };
}

/** What stands where a condition failed, told by the server or read. */
async function current(table: Table, key: string, { item }: ConditionUnmet, due: number) {
  try {
    return { current: { entry: table.format.entry(item ?? (await readItem(table, key, due))) } };
  } catch (error) {
    if (isKvError(error, 'WRONG_TYPE')) throw error;
    return {};
  }
}

async function writeBatch(table: Table, places: readonly Place[], due: number): Promise<Written[]> {
  const requests = places.map(({ planned }) => toRequest(planned.plan));
  const { left, error } = await sendBatch(table, requests, due);
  const inDoubt = mayBeSettled(error) ? [...left] : [];
  const items =
    inDoubt.length > 0 ? await readItems(table, inDoubt, due).catch(() => undefined) : undefined;
  return places.map(({ key, planned: { version } }) => {
    if (!left.has(key)) return { applied: true, version };
    const item = items?.get(key);
    const ours =
      version !== undefined && !isKvError(item) && table.format.versionIn(item) === version;
    return ours ? { applied: true, version } : error;
  });
}

/** The keys that the server has not said to have written, and why. What a round has written stays so. */
async function sendBatch(
  table: Table,
  requests: WriteRequest[],
  due: number,
): Promise<{ readonly left: ReadonlySet<string>; readonly error: KvError }> {
  let left = requests;
  let error = unavailable('DynamoDB cannot keep up: it left writes undone', 'none');
  try {
    for (let attempt = 1; ; attempt += 1) {
      const command = new BatchWriteItemCommand({ RequestItems: { [table.name]: left } });
      const terms = { due, write: true };
      const output = await table.requests.send<BatchWriteItemCommandOutput>(command, terms);
      left = output.UnprocessedItems?.[table.name] ?? [];
      if (left.length === 0 || !(await pause(attempt, due))) break;
    }
  } catch (thrown) {
    error = toResult(thrown);
  }
  return { left: new Set(left.map(keyIn)), error };

  function keyIn({ PutRequest, DeleteRequest }: WriteRequest): string {
    return table.format.keyIn(PutRequest?.Item ?? DeleteRequest?.Key ?? {});
  }
}

function toRequest(plan: Plan): WriteRequest {
  if ('Put' in plan) return { PutRequest: { Item: plan.Put.Item } };
  if ('Delete' in plan) return { DeleteRequest: { Key: plan.Delete.Key } };
  throw new Error('an update cannot go in a batch');
}
