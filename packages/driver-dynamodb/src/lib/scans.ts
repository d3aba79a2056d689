import { ScanCommand, type ScanCommandOutput } from '@aws-sdk/client-dynamodb';
import type { ScanPage, ScanRequest } from '@grovekv/kv-core/driver';
import { Expression } from './expression.js';
import type { Table } from './table.js';

/** With a prefix DynamoDB reads this many items, or 1 MB, to find some; fewer would be many requests. */
const READ_AT_ONCE = 1_000;

/** One page of the whole table. The filter runs at the server, on what it has read and charges for. */
export async function scanPage(
  { name, format, requests }: Table,
  { prefix, cursor, limit }: ScanRequest,
  due: number,
): Promise<ScanPage> {
  const expression = new Expression(format);
  const key = expression.name('key');
  const filters = [expression.notExpired()];
  if (prefix) filters.push(`begins_with(${key}, ${expression.value('prefix', { S: prefix })})`);
  const command = new ScanCommand({
    TableName: name,
    ConsistentRead: true,
    ProjectionExpression: key,
    FilterExpression: filters.join(' AND '),
    Limit: prefix ? Math.max(limit, READ_AT_ONCE) : limit,
    ...(cursor !== undefined && { ExclusiveStartKey: format.keyOf(cursor) }),
    ...expression.parts,
  });
  const output = await requests.send<ScanCommandOutput>(command, { due, write: false });
  const keys = (output.Items ?? []).map((item) => format.keyIn(item));
  const last = output.LastEvaluatedKey;
  return last ? { keys, cursor: format.keyIn(last) } : { keys };
}
