import { DynamoDBClient } from '@aws-sdk/client-dynamodb';

export * from '../../../tests/support/probe.js';

/** One table for all tests; each has keys of its own. */
export const table = 'grove-tests';

/** What the SDK wants to know before it talks to any endpoint; a real one takes it from the environment. */
export const account = {
  region: process.env.AWS_REGION ?? 'local',
  ...(!process.env.AWS_ACCESS_KEY_ID && {
    options: { credentials: { accessKeyId: 'local', secretAccessKey: 'local' } },
  }),
};

/** Options of a driver for a test's table, created if need be. */
export function at(endpoint: string) {
  return { table, endpoint, createTable: true, ...account };
}

export function shared() {
  return at(process.env.DYNAMODB_ENDPOINT as string);
}

/** A client without our driver around it. */
export function rawClient(endpoint = process.env.DYNAMODB_ENDPOINT as string): DynamoDBClient {
  const { region, options } = account;
  return new DynamoDBClient({ region, endpoint, ...options });
}
