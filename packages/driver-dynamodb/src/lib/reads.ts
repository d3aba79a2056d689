import {
  type AttributeValue,
  BatchGetItemCommand,
  type BatchGetItemCommandOutput,
  GetItemCommand,
  type GetItemCommandOutput,
} from '@aws-sdk/client-dynamodb';
import { type Entry, isKvError, type KvError } from '@grovekv/kv-core/driver';
import { pause } from './backoff.js';
import { chunks } from './chunks.js';
import { unavailable } from './dynamodb-error.js';
import type { Item } from './item-format.js';
import type { Table } from './table.js';

const MOST_KEYS = 100;

export type Read = Entry | undefined | KvError;

/** All entries, or in the place of each the error. */
export async function readAll(table: Table, keys: readonly string[], due: number): Promise<Read[]> {
  const found = await Promise.all(
    chunks(keys, MOST_KEYS).map((some) =>
      readItems(table, some, due).catch((error: unknown) => {
        if (!isKvError(error)) throw error;
        return error;
      }),
    ),
  );
  return keys.map((key, index): Read => {
    const items = found[Math.floor(index / MOST_KEYS)]!;
    if (isKvError(items)) return items;
    return entryOf(table, items.get(key));
  });
}

/** The entry in an item, or that it is none of ours. */
function entryOf(table: Table, item: Item | KvError | undefined): Read {
  if (isKvError(item)) return item;
  try {
    return table.format.entry(item);
  } catch (error) {
    if (!isKvError(error)) throw error;
    return error;
  }
}

/** The items at up to 100 keys, expired ones too; an error for those that the server did not get to. */
export async function readItems(
  table: Table,
  keys: readonly string[],
  due: number,
): Promise<Map<string, Item | KvError>> {
  const found = new Map<string, Item | KvError>();
  if (keys.length === 1) {
    const item = await readItem(table, keys[0]!, due);
    if (item) found.set(keys[0]!, item);
    return found;
  }
  let Keys: Record<string, AttributeValue>[] = keys.map((key) => table.format.keyOf(key));
  for (let attempt = 1; ; attempt += 1) {
    const command = new BatchGetItemCommand({
      RequestItems: { [table.name]: { Keys, ConsistentRead: true } },
    });
    const terms = { due, write: false };
    const output = await table.requests
      .send<BatchGetItemCommandOutput>(command, terms)
      .catch((error: unknown) => {
        if (!isKvError(error)) throw error;
        return error;
      });
    if (isKvError(output)) {
      // What an earlier round has found stands.
      for (const key of Keys) found.set(table.format.keyIn(key), output);
      return found;
    }
    const items = output.Responses?.[table.name] ?? [];
    for (const item of items) found.set(table.format.keyIn(item), item);
    Keys = output.UnprocessedKeys?.[table.name]?.Keys ?? [];
    if (Keys.length === 0) return found;
    // An answer may hold 16 MB; without any item in it the table is overloaded.
    if (items.length > 0) attempt = 0;
    else if (!(await pause(attempt, due))) {
      const error = unavailable('DynamoDB cannot keep up: it left keys unread', 'none');
      for (const key of Keys) found.set(table.format.keyIn(key), error);
      return found;
    }
  }
}

/** The item at a key, an expired one too. */
export async function readItem(table: Table, key: string, due: number): Promise<Item | undefined> {
  const command = new GetItemCommand({
    TableName: table.name,
    Key: table.format.keyOf(key),
    ConsistentRead: true,
  });
  const output = await table.requests.send<GetItemCommandOutput>(command, { due, write: false });
  return output.Item;
}
