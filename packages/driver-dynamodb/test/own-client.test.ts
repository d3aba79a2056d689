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

interface Sent {
  readonly headers: Record<string, string>;
  readonly body: Uint8Array;
}

/** A driver with a client of its own, whose requests are answered with `{}` once `heard` has. */
function heardBy(heard: (request: Sent, signal: AbortSignal) => unknown) {
  const headers = { 'content-type': 'application/x-amz-json-1.0' };
  const requestHandler = {
    destroy() {},
    async handle(request: Sent, { abortSignal }: { readonly abortSignal: AbortSignal }) {
      await heard(request, abortSignal);
      return { response: { statusCode: 200, headers, body: Buffer.from('{}') } };
    },
  };
  return dynamodbDriver({
    table: 'table',
    region: 'local',
    endpoint: 'http://127.0.0.1:1',
    options: {
      requestHandler: requestHandler as never,
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    },
  });
}

test('it gives up the connection of a call that is late, and of no other', async () => {
  const signals: Record<string, AbortSignal> = {};
  const driver = heardBy(({ body }, signal) => {
    const key: string = JSON.parse(Buffer.from(body).toString()).Key.key.S;
    signals[key] = signal;
    return key === 'late' ? new Promise(() => {}) : undefined;
  });
  const get = async (key: string, timeoutMs: number) =>
    (await driver.get([key], { timeoutMs, ttl: false }))[0];
  const [late, other] = await Promise.all([get('late', 50), get('other', 5_000)]);
  expect(late).toMatchObject({ code: 'TIMEOUT', outcome: 'none' });
  expect(other).toBeUndefined();
  expect(signals).toMatchObject({ late: { aborted: true }, other: { aborted: false } });
  await driver.close();
});

test('its thousandth request looks like its first', async () => {
  const agents = new Set<string>();
  const driver = heardBy(({ headers }) => {
    agents.add(`${headers['user-agent']} ${headers['x-amz-user-agent']}`);
  });
  for (let count = 0; count < 1_000; count += 1) {
    await driver.get(['k'], { timeoutMs: 5_000, ttl: false });
  }
  expect(agents.size).toBe(1);
  await driver.close();
});
