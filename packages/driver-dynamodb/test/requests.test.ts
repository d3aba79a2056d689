import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { createStore } from '@grovekv/kv-core';
import { isKvError, type Write } from '@grovekv/kv-core/driver';
import { describe, expect, test } from 'vitest';
import { dynamodbDriver } from '../src/index.js';
import { type Body, reset, type Sent, scriptedClient } from './scripted.js';
import {
  call,
  one,
  outcome,
  ownPrefix,
  put,
  rawClient,
  read,
  shared,
  unbounded,
} from './support.js';

const table = 'scripted';
const add = { key: 'n', by: 1, ...unbounded };
const item = (key: string, value: string, more: Body = {}): Body => ({
  key: { S: key },
  value: { B: Buffer.from(value).toString('base64') },
  version: { S: `version of ${key}` },
  ...more,
});
const operations = (sent: readonly Sent[]): string[] => sent.map(({ operation }) => operation);

describe('what is sent', () => {
  test('200 concurrent gets are two requests, 64 sets are three, all reads consistent', async () => {
    const { client, sent } = scriptedClient(({ operation, body }) => {
      if (operation === 'BatchWriteItem') return { UnprocessedItems: {} };
      const { Keys } = body.RequestItems[table];
      return { Responses: { [table]: Keys.map(({ key }: Body) => item(key.S, `"${key.S}"`)) } };
    });
    const store = createStore({ driver: dynamodbDriver({ table, client }) });
    const keys = Array.from({ length: 200 }, (_, index) => `k${index}`);
    expect(await Promise.all(keys.map((key) => store.get(key)))).toEqual(keys);
    expect(operations(sent)).toEqual(['BatchGetItem', 'BatchGetItem']);
    for (const { body } of sent) {
      expect(body.RequestItems[table]).toMatchObject({ ConsistentRead: true });
      expect(body.RequestItems[table].Keys).toHaveLength(100);
    }
    sent.length = 0;
    await Promise.all(keys.slice(0, 64).map((key) => store.set(key, 1)));
    expect(operations(sent)).toEqual(Array(3).fill('BatchWriteItem'));
    await store.close();
  });

  test('a single read and a listing are consistent too', async () => {
    const { client, sent } = scriptedClient(({ operation }) =>
      operation === 'Scan' ? { Items: [] } : {},
    );
    const driver = dynamodbDriver({ table, client });
    await driver.get(['k'], call);
    await driver.scan!({ prefix: '', limit: 10 }, call);
    await driver.scan!({ prefix: 'p', limit: 10 }, call);
    expect(operations(sent)).toEqual(['GetItem', 'Scan', 'Scan']);
    for (const { body } of sent) expect(body).toMatchObject({ ConsistentRead: true });
  });

  test('64 callers that add to one key in a tick are one request', async () => {
    const { client, sent } = scriptedClient(() => ({ Attributes: { number: { N: '64' } } }));
    const store = createStore({ driver: dynamodbDriver({ table, client }) });
    const answers = await Promise.all(Array.from({ length: 64 }, () => store.increment('n')));
    expect(answers.map(({ value }) => value)).toEqual(
      Array.from({ length: 64 }, (_, at) => at + 1),
    );
    expect(operations(sent)).toEqual(['UpdateItem']);
    await store.close();
  });

  test('a conflict tells what stands there without another request, if the server tells it', async () => {
    const old = item('k', 'theirs', { expiresAt: { N: String(Date.now() + 60_000) } });
    const { client, sent } = scriptedClient(() => ({
      error: 'ConditionalCheckFailedException',
      more: { Item: old },
    }));
    const driver = dynamodbDriver({ table, client });
    const result = one(await driver.write([put('k', 'mine', { condition: 'absent' })], call));
    expect(result).toMatchObject({
      applied: false,
      current: { entry: { version: 'version of k', ttlMs: expect.any(Number) } },
    });
    expect(sent).toHaveLength(1);
    expect(sent[0]?.body).toMatchObject({ ReturnValuesOnConditionCheckFailure: 'ALL_OLD' });
  });

  test('the table is made on demand, with ttl, once, and anew if that failed', async () => {
    let broken = true;
    let made = false;
    const status = () => ({
      TableStatus: 'ACTIVE',
      KeySchema: [{ AttributeName: 'key', KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: 'key', AttributeType: 'S' }],
    });
    const { client, sent } = scriptedClient(({ operation }) => {
      if (broken) return { error: 'AccessDeniedException' };
      if (operation === 'CreateTable') made = true;
      if (operation === 'DescribeTable') {
        return made ? { Table: status() } : { error: 'ResourceNotFoundException' };
      }
      const ttl = { TimeToLiveDescription: { TimeToLiveStatus: 'DISABLED' } };
      return operation === 'DescribeTimeToLive' ? ttl : {};
    });
    const driver = dynamodbDriver({ table, client, createTable: true });
    expect(await outcome(driver.get(['k'], call))).toMatchObject({
      code: 'UNAVAILABLE',
      outcome: 'none',
    });
    broken = false;
    sent.length = 0;
    await Promise.all([driver.get(['a'], call), driver.get(['b'], call)]);
    expect(operations(sent)).toEqual([
      'DescribeTable',
      'CreateTable',
      'DescribeTable',
      'DescribeTimeToLive',
      'UpdateTimeToLive',
      'GetItem',
      'GetItem',
    ]);
    expect(sent[1]?.body).toMatchObject({ BillingMode: 'PAY_PER_REQUEST', TableName: table });
    expect(sent[4]?.body.TimeToLiveSpecification).toEqual({ AttributeName: 'ttl', Enabled: true });
  });

  test('a table of another shape is refused', async () => {
    const { client } = scriptedClient(() => ({
      Table: {
        TableStatus: 'ACTIVE',
        KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
        AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      },
    }));
    const driver = dynamodbDriver({ table, client, createTable: true });
    expect(await outcome(driver.get(['k'], call))).toMatchObject({ code: 'INVALID_ARGUMENT' });
  });
});

describe('what the server did not do is asked for again', () => {
  test('unprocessed keys and items', async () => {
    const { client, sent } = scriptedClient(({ operation, body }) => {
      const asked = body.RequestItems[table];
      if (operation === 'BatchWriteItem') {
        return { UnprocessedItems: asked.length > 1 ? { [table]: asked.slice(1) } : {} };
      }
      const [{ key }] = asked.Keys;
      const left = asked.Keys.slice(1);
      return {
        Responses: { [table]: [item(key.S, key.S)] },
        UnprocessedKeys: left.length ? { [table]: { ...asked, Keys: left } } : {},
      };
    });
    const driver = dynamodbDriver({ table, client });
    const entries = await driver.get(['a', 'b', 'c'], call);
    expect(entries.map((entry) => !isKvError(entry) && entry?.version)).toEqual([
      'version of a',
      'version of b',
      'version of c',
    ]);
    const writes = ['a', 'b', 'c'].map((key) => put(key, key));
    for (const result of await driver.write(writes, call)) {
      expect(result).toMatchObject({ applied: true });
    }
    expect(operations(sent)).toEqual([
      ...Array(3).fill('BatchGetItem'),
      ...Array(3).fill('BatchWriteItem'),
    ]);
  });

  test('never processed: the others stand, these fail definitely, and in time', async () => {
    const { client } = scriptedClient(({ operation, body }) => {
      const asked = body.RequestItems[table];
      if (operation === 'BatchWriteItem') return { UnprocessedItems: { [table]: asked.slice(-1) } };
      return { Responses: {}, UnprocessedKeys: { [table]: asked } };
    });
    const driver = dynamodbDriver({ table, client });
    const began = performance.now();
    const refused = { code: 'UNAVAILABLE', outcome: 'none' };
    const terms = { timeoutMs: 300, ttl: false };
    const [[first, last], gets] = await Promise.all([
      driver.write([put('a', '1'), put('b', '2')], terms),
      driver.get(['a', 'b'], terms),
    ]);
    expect(first).toMatchObject({ applied: true });
    for (const error of [last, ...gets]) expect(error).toMatchObject(refused);
    expect(performance.now() - began).toBeLessThan(1_000);
  });

  test('a later round that fails says nothing of what an earlier one has done', async () => {
    const rounds = new Map<string, number>();
    const { client } = scriptedClient(({ operation, body }) => {
      const asked = body.RequestItems[table];
      const round = (rounds.get(operation) ?? 0) + 1;
      rounds.set(operation, round);
      if (round > 1) return { error: 'ProvisionedThroughputExceededException' };
      if (operation === 'BatchWriteItem') return { UnprocessedItems: { [table]: asked.slice(-1) } };
      const [{ key }, ...Keys] = asked.Keys;
      return {
        Responses: { [table]: [item(key.S, key.S)] },
        UnprocessedKeys: { [table]: { ...asked, Keys } },
      };
    });
    const driver = dynamodbDriver({ table, client });
    const refused = { code: 'UNAVAILABLE', outcome: 'none' };
    const terms = { timeoutMs: 300, ttl: false };
    const [[written, left], [found, lost]] = await Promise.all([
      driver.write([put('a', '1'), put('b', '2')], terms),
      driver.get(['a', 'b'], terms),
    ]);
    expect(written).toMatchObject({ applied: true });
    expect(left).toMatchObject(refused);
    expect(found).toMatchObject({ version: 'version of a' });
    expect(lost).toMatchObject(refused);
  });

  test.each([
    'ProvisionedThroughputExceededException',
    'ThrottlingException',
    'RequestLimitExceeded',
  ])('%s: again after a pause, and a definite error in the end', async (error) => {
    const { client, sent } = scriptedClient((_, count) =>
      count % 3 ? { error } : { Attributes: { number: { N: '1' } } },
    );
    const driver = dynamodbDriver({ table, client });
    expect(one(await driver.increment!([add], call))).toEqual({ value: 1, applied: true });
    expect(sent).toHaveLength(3);
    const full = dynamodbDriver({ table, client: scriptedClient(() => ({ error })).client });
    expect(await outcome(full.write([put('k', 'v')], { timeoutMs: 200 }))).toMatchObject({
      code: 'UNAVAILABLE',
      outcome: 'none',
    });
  });
});

describe('what may have been done', () => {
  test('is sent once, whatever retries the client is set up with', async () => {
    for (const config of [{}, { maxAttempts: 5 }, { retryMode: 'adaptive', maxAttempts: 9 }]) {
      for (const answer of [reset(), { error: 'InternalServerError', status: 500 }]) {
        const { client, sent } = scriptedClient(
          ({ operation }) => (operation === 'GetItem' ? {} : answer),
          config,
        );
        const driver = dynamodbDriver({ table, client });
        expect(await outcome(driver.increment!([add], call))).toMatchObject({
          code: 'UNAVAILABLE',
          outcome: 'unknown',
        });
        expect(operations(sent)).toEqual(['UpdateItem', 'GetItem']);
      }
    }
  });

  test('is settled where the stored version is ours', async () => {
    let stored: Body | undefined;
    const { client } = scriptedClient(({ operation, body }) => {
      if (operation === 'GetItem') return { Item: stored };
      stored = body.Item ?? {
        ...item('n', ''),
        value: undefined,
        number: { N: '7' },
        version: body.ExpressionAttributeValues[':new'],
      };
      return reset();
    });
    const driver = dynamodbDriver({ table, client });
    const put1 = one(await driver.write([put('k', 'v', { condition: 'absent' })], call));
    expect(put1).toEqual({ applied: true, version: stored?.version.S });
    expect(one(await driver.increment!([add], call))).toEqual({ value: 7, applied: true });
  });

  test('in a batch is settled write by write', async () => {
    let batch: Body[] = [];
    const { client } = scriptedClient(({ operation, body }) => {
      if (operation === 'BatchWriteItem') {
        batch = body.RequestItems[table];
        return reset();
      }
      return { Responses: { [table]: [batch[0]!.PutRequest.Item] } };
    });
    const driver = dynamodbDriver({ table, client });
    const writes: Write[] = [
      put('a', '1'),
      put('b', '2'),
      { type: 'delete', key: 'c', condition: 'any' },
    ];
    const [a, b, c] = await driver.write(writes, call);
    expect(a).toMatchObject({ applied: true });
    for (const error of [b, c])
      expect(error).toMatchObject({ code: 'UNAVAILABLE', outcome: 'unknown' });
  });
});

describe('a commit', () => {
  const checks = [{ key: 'c', condition: 'absent' as const }];
  const writes: Write[] = [
    put('a', '1', { condition: { version: 'old' } }),
    { type: 'touch', key: 't', condition: 'any', ttl: 60_000 },
    { type: 'delete', key: 'd', condition: 'present' },
  ];

  test('is one transaction, sent again with the same token if its reply is lost', async () => {
    const { client, sent } = scriptedClient((_, count) => (count === 1 ? reset() : {}));
    const driver = dynamodbDriver({ table, client });
    expect(await driver.commit!(checks, writes, call)).toBe(true);
    expect(operations(sent)).toEqual(['TransactWriteItems', 'TransactWriteItems']);
    expect(sent[0]!.body).toEqual(sent[1]!.body);
    expect(sent[0]!.body.ClientRequestToken).toMatch(/^[0-9a-f-]{36}$/);
    const kinds = sent[0]!.body.TransactItems.map((part: Body) => Object.keys(part)[0]);
    expect(kinds).toEqual(['ConditionCheck', 'Put', 'Update', 'Delete']);
  });

  test('is in doubt if its replies stay lost, also when the last sending was refused', async () => {
    for (const last of [reset(), { error: 'ThrottlingException' }]) {
      const { client } = scriptedClient((_, count) => (count < 3 ? reset() : last));
      const driver = dynamodbDriver({ table, client });
      const committing = Promise.resolve(driver.commit!(checks, writes, { timeoutMs: 500 }));
      await expect(committing).rejects.toMatchObject({ code: 'UNAVAILABLE', outcome: 'unknown' });
    }
  });

  test('that is cancelled: by a condition it is false, by a conflict sent again', async () => {
    const cancelled = (...codes: string[]) => ({
      error: 'TransactionCanceledException',
      more: { CancellationReasons: codes.map((Code) => ({ Code })) },
    });
    const unmet = scriptedClient(() => cancelled('None', 'ConditionalCheckFailed', 'None', 'None'));
    const driver = dynamodbDriver({ table, client: unmet.client });
    expect(await driver.commit!(checks, writes, call)).toBe(false);
    const conflict = scriptedClient((_, count) =>
      count === 1 ? cancelled('None', 'TransactionConflict', 'None', 'None') : {},
    );
    const other = dynamodbDriver({ table, client: conflict.client });
    expect(await other.commit!(checks, writes, call)).toBe(true);
    expect(conflict.sent).toHaveLength(2);
  });

  test('keeps a ttl, but not that of an expired item', async () => {
    const { client, sent } = scriptedClient((_, count) =>
      count === 1
        ? {
            error: 'TransactionCanceledException',
            more: { CancellationReasons: [{ Code: 'ConditionalCheckFailed' }] },
          }
        : {},
    );
    const driver = dynamodbDriver({ table, client });
    expect(await driver.commit!([], [put('k', 'v', { ttl: 'keep' })], call)).toBe(true);
    expect(sent.map(({ body }) => Object.keys(body.TransactItems[0])[0])).toEqual([
      'Update',
      'Put',
    ]);
    expect(sent[0]!.body.ClientRequestToken).not.toBe(sent[1]!.body.ClientRequestToken);
    expect(sent[1]!.body.TransactItems[0].Put.Item).not.toHaveProperty('expiresAt');
  });
});

describe('an injected client', () => {
  test('keeps its middleware and stays open; a document client will do', async () => {
    const { client, destroyed } = scriptedClient(() => ({}));
    const seen: string[] = [];
    client.middlewareStack.add(
      (next, { commandName }) =>
        async (args) => {
          seen.push(commandName as string);
          return next(args);
        },
      { step: 'initialize' },
    );
    const before = client.middlewareStack.identify();
    for (const one of [client, DynamoDBDocumentClient.from(client)]) {
      const driver = dynamodbDriver({ table, client: one });
      await driver.get(['k'], call);
      await driver.close();
    }
    expect(seen).toEqual(['GetItemCommand', 'GetItemCommand']);
    expect(client.middlewareStack.identify()).toEqual(before);
    expect(destroyed()).toBe(0);
  });

  test('of a real server works beside the driver', async () => {
    const client = rawClient();
    const { table: name } = shared();
    const driver = dynamodbDriver({
      table: name,
      client: DynamoDBDocumentClient.from(client),
      createTable: true,
    });
    const key = `${ownPrefix()}k`;
    one(await driver.write([put(key, 'v')], call));
    await driver.close();
    const again = dynamodbDriver({ table: name, client });
    expect(await read(again, key)).toBe('v');
    client.destroy();
  });
});
