import { randomUUID } from 'node:crypto';
import { TransactWriteItemsCommand } from '@aws-sdk/client-dynamodb';
import { type Check, KvError, type Write } from '@grovekv/kv-core/driver';
import { TransactionCancelled } from './dynamodb-error.js';
import { conditionCheck } from './expression.js';
import type { PlannedWrite } from './plan.js';
import type { Table } from './table.js';

const FAILED = 'ConditionalCheckFailed';
const MOST_ATTEMPTS = 20;

/**
 * All or nothing by TransactWriteItems. Its token makes it harmless to send again: DynamoDB carries a
 * transaction out once for each token.
 */
export async function commitAll(
  table: Table,
  checks: readonly Check[],
  writes: readonly Write[],
  due: number,
): Promise<boolean> {
  const conditions = checks.map((check) => ({
    ConditionCheck: conditionCheck(table.format, table.name, check),
  }));
  const planned = writes.map((write) => table.planner.plan(write));
  const overExpired = new Set<PlannedWrite>();
  for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt += 1) {
    const command = new TransactWriteItemsCommand({
      ClientRequestToken: randomUUID(),
      TransactItems: [
        ...conditions,
        ...planned.map((it) => (it.ifExpired && overExpired.has(it) ? it.ifExpired : it.plan)),
      ],
    });
    try {
      await table.requests.send(command, { due, write: true, harmless: true });
      return true;
    } catch (error) {
      if (!(error instanceof TransactionCancelled)) throw error;
      const unmet = [...conditions, ...planned].filter((_, index) => error.codes[index] === FAILED);
      for (const it of unmet) {
        if (!('ifExpired' in it)) return false;
        // The other form: the item has expired since, or is there again.
        if (!overExpired.delete(it)) overExpired.add(it);
      }
    }
  }
  throw new KvError('CONTENTION', 'an item kept expiring and coming back');
}
