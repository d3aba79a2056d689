import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { TransactWriteItemsCommand } from '@aws-sdk/client-dynamodb';
import { rawClient } from './support.js';

/** An endpoint for tests. */
export interface Endpoint {
  readonly port: number;
  close(): Promise<void>;
}

/** Whether the server at this endpoint knows TransactWriteItems; dynalite does not. */
export async function hasTransactions(endpoint: string): Promise<boolean> {
  const client = rawClient(endpoint);
  try {
    await client.send(new TransactWriteItemsCommand({ TransactItems: [] }));
    return true;
  } catch (error) {
    return (error as Error).name !== 'UnknownOperationException';
  } finally {
    client.destroy();
  }
}

// biome-ignore lint/suspicious/noExplicitAny: requests as they come
type Json = Record<string, any>;

/**
 * What dynalite lacks: carries out TransactWriteItems one item after the other while every other request
 * waits, and puts all back if a condition fails. Everything else passes through. Each token counts once.
 */
export async function startTransactions(endpoint: string): Promise<Endpoint> {
  const done = new Set<string>();
  let exclusive: Promise<unknown> = Promise.resolve();
  const open = new Set<Promise<unknown>>();

  const forward = async (headers: IncomingHttpHeaders, operation: string, body: string) => {
    const sent = await fetch(endpoint, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-amz-json-1.0',
        'x-amz-target': `DynamoDB_20120810.${operation}`,
        'x-amz-date': headers['x-amz-date'] as string,
        authorization: headers.authorization as string,
      },
      body,
    });
    return { status: sent.status, body: await sent.text() };
  };

  const transact = async (headers: IncomingHttpHeaders, text: string) => {
    const { ClientRequestToken: token, TransactItems } = JSON.parse(text) as Json;
    if (done.has(token)) return { status: 200, body: '{}' };
    const ask = async (operation: string, body: object) => {
      const answer = await forward(headers, operation, JSON.stringify(body));
      return { ...answer, json: JSON.parse(answer.body || '{}') as Json };
    };
    const before: { TableName: string; Key: Json; Item: Json | undefined }[] = [];
    const codes: string[] = [];
    let refused: { status: number; body: string } | undefined;
    for (const part of TransactItems as Json[]) {
      const [kind, target] = Object.entries(part)[0] as [string, Json];
      const { TableName } = target;
      const Key = target.Key ?? { key: target.Item.key };
      const old = await ask('GetItem', { TableName, Key, ConsistentRead: true });
      before.push({ TableName, Key, Item: old.json.Item });
      // A check is a delete under its condition, which is put back.
      const operation = kind === 'ConditionCheck' ? 'DeleteItem' : `${kind}Item`;
      const { json, status, body } = await ask(operation, target);
      const failed = String(json.__type).endsWith('ConditionalCheckFailedException');
      codes.push(failed ? 'ConditionalCheckFailed' : 'None');
      if (status !== 200 && !failed) refused = { status, body };
      else if (kind === 'ConditionCheck' && old.json.Item && !failed) {
        await ask('PutItem', { TableName, Item: old.json.Item });
      }
    }
    if (!refused && !codes.includes('ConditionalCheckFailed')) {
      done.add(token);
      return { status: 200, body: '{}' };
    }
    for (const { TableName, Key, Item } of before) {
      await (Item ? ask('PutItem', { TableName, Item }) : ask('DeleteItem', { TableName, Key }));
    }
    const body = JSON.stringify({
      __type: 'com.amazonaws.dynamodb.v20120810#TransactionCanceledException',
      message: `Transaction cancelled [${codes.join(', ')}]`,
      CancellationReasons: codes.map((Code) => ({ Code })),
    });
    return refused ?? { status: 400, body };
  };

  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString();
    const operation = String(request.headers['x-amz-target']).split('.')[1] as string;
    const isTransaction = operation === 'TransactWriteItems';
    const earlier = [...open];
    const run = async () => {
      if (!isTransaction) return forward(request.headers, operation, text);
      await Promise.allSettled(earlier);
      return transact(request.headers, text);
    };
    const answer = exclusive.then(run, run);
    if (isTransaction) exclusive = answer;
    else {
      const passing = answer.finally(() => open.delete(passing));
      open.add(passing);
      passing.catch(() => {});
    }
    try {
      const { status, body } = await answer;
      response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' }).end(body);
    } catch {
      response.destroy();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
