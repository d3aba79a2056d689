import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import { dynamodbDriver } from '@grovekv/driver-dynamodb';
import { createStore } from '@grovekv/kv-core';
import KeyvDynamo from '@keyv/dynamo';
import Keyv from 'keyv';
import { startDynalite } from '../../../scripts/services/servers.js';
import { runCallers } from '../lib/callers.js';
import { getSetCases, type KeyValue, type KeyValueContender } from '../lib/get-set.js';
import type { Contender, Target, Workload } from '../lib/workload.js';

const account = {
  region: 'local',
  credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
};
const TABLE = 'raw';
const CALLERS = 64;

function targets(verb: 'get' | 'set', callers: number): readonly Target[] {
  if (callers === 1) return [{ measure: 'ratio to raw', atLeast: 0.9 }];
  return [{ measure: 'ratio to raw', atLeast: verb === 'get' ? 6 : 4 }];
}

/** A document client and the table it needs. */
async function openDocumentClient(endpoint: string) {
  const client = new DynamoDBClient({ ...account, endpoint });
  const create = new CreateTableCommand({
    TableName: TABLE,
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: [{ AttributeName: 'key', AttributeType: 'S' }],
    KeySchema: [{ AttributeName: 'key', KeyType: 'HASH' }],
  });
  await client.send(create).catch((error: Error) => {
    if (error.name !== 'ResourceInUseException') throw error;
  });
  return { client, documents: DynamoDBDocumentClient.from(client) };
}

async function documentClient(endpoint: string): Promise<KeyValue> {
  const { client, documents } = await openDocumentClient(endpoint);
  return {
    async get(key) {
      const command = new GetCommand({ TableName: TABLE, Key: { key }, ConsistentRead: true });
      return JSON.parse((await documents.send(command)).Item?.value ?? 'null');
    },
    set: (key, value) =>
      documents.send(
        new PutCommand({ TableName: TABLE, Item: { key, value: JSON.stringify(value) } }),
      ),
    close: () => client.destroy(),
  };
}

const openDriver = (endpoint: string) =>
  dynamodbDriver({ table: 'grove', createTable: true, endpoint, options: account });

function contenders(endpoint: string): KeyValueContender[] {
  return [
    {
      name: 'Grove KV, dynamodb driver',
      role: 'ours',
      open: () => createStore({ driver: openDriver(endpoint) }),
    },
    { name: 'DynamoDBDocumentClient', role: 'raw', open: () => documentClient(endpoint) },
    {
      name: 'keyv + @keyv/dynamo',
      role: 'peer',
      open() {
        const store = new Keyv(new KeyvDynamo({ ...account, endpoint, tableName: 'keyv' }));
        return { get: (key) => store.get(key), set: (key, value) => store.set(key, value) };
      },
    },
  ];
}

/** A counter that all callers add 1 to. */
interface HotCounter {
  increment(): Promise<unknown>;
  read(): Promise<unknown>;
  close(): Promise<unknown>;
}

/** Runs it, and checks in the end that no increment was lost. */
function counting(name: string, role: 'ours' | 'raw', open: () => Promise<HotCounter>): Contender {
  return {
    name,
    role,
    async prepare() {
      const counter = await open();
      let expected = 0;
      return {
        async run(ms) {
          const sample = await runCallers(CALLERS, ms, counter.increment);
          expected += sample.operations;
          return sample;
        },
        async close() {
          const value = Number(await counter.read());
          await counter.close();
          if (value !== expected) throw new Error(`counted ${value}, not ${expected}`);
        },
      };
    },
  };
}

export const workload: Workload = {
  title: 'Get and set on DynamoDB, and a hot counter',
  about:
    'A JSON value of 100 bytes, dynalite on loopback; 64 callers that add 1 to one key, checked in the end.',
  async open() {
    const server = await startDynalite();
    const { url } = server;
    const hotCounter = {
      title: 'hot counter, 64 callers',
      contenders: [
        counting('Grove KV, dynamodb driver', 'ours', async () => {
          const store = createStore({ driver: openDriver(url) });
          return {
            increment: () => store.increment('visitors'),
            read: () => store.get('visitors'),
            close: () => store.close(),
          };
        }),
        counting('UpdateItem of DynamoDBDocumentClient', 'raw', async () => {
          const { client, documents } = await openDocumentClient(url);
          const Key = { key: 'visitors' };
          const add = { UpdateExpression: 'ADD n :one', ExpressionAttributeValues: { ':one': 1 } };
          return {
            increment: () => documents.send(new UpdateCommand({ TableName: TABLE, Key, ...add })),
            read: async () =>
              (await documents.send(new GetCommand({ TableName: TABLE, Key }))).Item?.n,
            close: async () => client.destroy(),
          };
        }),
      ],
      targets: [{ measure: 'ratio to raw', atLeast: 5 } as const],
    };
    const cases = [...getSetCases(contenders(url), targets), hotCounter];
    return { cases, close: () => server.stop() };
  },
};
