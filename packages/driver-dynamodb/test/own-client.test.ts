import type { DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import { expect, test } from 'vitest';
import { dynamodbDriver } from '../src/index.js';
import { reset, scriptedClient } from './scripted.js';

const add = { key: 'n', by: 1, min: 0, max: 10 };

/** A client of the driver's own on a server where every write breaks the connection. */
async function increment(config: DynamoDBClientConfig) {
  const { client, sent } = scriptedClient(({ operation }) =>
    operation === 'GetItem' ? {} : reset(),
  );
  const driver = dynamodbDriver({
    table: 'table',
    region: 'local',
    endpoint: 'http://127.0.0.1:1',
    options: {
      requestHandler: client.config.requestHandler,
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
      ...config,
    },
  });
  const [result] = await driver.increment!([add], { timeoutMs: 5_000 });
  await driver.close();
  return { result, operations: sent.map(({ operation }) => operation) };
}

test.each<DynamoDBClientConfig>([
  {},
  { maxAttempts: 5 },
  { retryMode: 'adaptive', maxAttempts: 9 },
])('it sends once what may have been done: %j', async (config) => {
  const { result, operations } = await increment(config);
  expect(result).toMatchObject({ code: 'UNAVAILABLE', outcome: 'unknown' });
  expect(operations).toEqual(['UpdateItem', 'GetItem']);
});

test('it logs where it is told to', async () => {
  const lines: unknown[] = [];
  const log = (line: unknown): void => void lines.push(line);
  await increment({ logger: { debug() {}, info: log, warn: log, error: log } });
  for (const commandName of ['UpdateItemCommand', 'GetItemCommand']) {
    expect(lines).toContainEqual(expect.objectContaining({ commandName }));
  }
});

test('it gives up the connection of a call that is late, and of no other', async () => {
  const requests: { readonly key: string; readonly signal: AbortSignal }[] = [];
  const requestHandler = {
    destroy() {},
    async handle(
      { body }: { readonly body: string },
      { abortSignal }: { readonly abortSignal: AbortSignal },
    ) {
      const { Key } = JSON.parse(Buffer.from(body).toString());
      requests.push({ key: Key.key.S, signal: abortSignal });
      if (Key.key.S === 'late') return await new Promise<never>(() => {});
      const headers = { 'content-type': 'application/x-amz-json-1.0' };
      return { response: { statusCode: 200, headers, body: Buffer.from('{}') } };
    },
  };
  const driver = dynamodbDriver({
    table: 'table',
    region: 'local',
    endpoint: 'http://127.0.0.1:1',
    options: {
      requestHandler: requestHandler as never,
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    },
  });
  const get = async (key: string, timeoutMs: number) =>
    (await driver.get([key], { timeoutMs, ttl: false }))[0];
  const [late, other] = await Promise.all([get('late', 50), get('other', 5_000)]);
  expect(late).toMatchObject({ code: 'TIMEOUT', outcome: 'none' });
  expect(other).toBeUndefined();
  const aborted = requests.map(({ key, signal }) => [key, signal.aborted]);
  expect(Object.fromEntries(aborted)).toEqual({ late: true, other: false });
  await driver.close();
});
