import { DynamoDBClient, type DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';

// biome-ignore lint/suspicious/noExplicitAny: requests as they are sent
export type Body = Record<string, any>;

/** A request as it was sent. */
export interface Sent {
  readonly operation: string;
  readonly body: Body;
}

/** A server's answer: the body of a 200, an error reply by its name, or a broken connection. */
export type Answer =
  | Body
  | { readonly error: string; readonly status?: number; readonly more?: Body }
  | Error;

/** A real client of the SDK on a server that answers by `answer`; every request is recorded. */
export function scriptedClient(
  answer: (sent: Sent, count: number) => Answer | Promise<Answer>,
  config: DynamoDBClientConfig = {},
): { readonly client: DynamoDBClient; readonly sent: Sent[]; readonly destroyed: () => number } {
  const sent: Sent[] = [];
  let destroyed = 0;
  const client = new DynamoDBClient({
    region: 'local',
    endpoint: 'http://127.0.0.1:1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    ...config,
    requestHandler: {
      destroy: () => {
        destroyed += 1;
      },
      handle: async (request: { headers: Record<string, string>; body: string | Uint8Array }) => {
        const operation = request.headers['x-amz-target']!.split('.')[1]!;
        const one = { operation, body: JSON.parse(Buffer.from(request.body).toString()) };
        sent.push(one);
        const reply = await answer(one, sent.length);
        if (reply instanceof Error) throw reply;
        const failed = 'error' in reply;
        const body = failed
          ? { __type: `com.amazonaws.dynamodb.v20120810#${reply.error}`, ...reply.more }
          : reply;
        return {
          response: {
            statusCode: failed ? (reply.status ?? 400) : 200,
            headers: { 'content-type': 'application/x-amz-json-1.0' },
            body: Buffer.from(JSON.stringify(body)),
          },
        };
      },
    } as never,
  });
  return { client, sent, destroyed: () => destroyed };
}

/** A connection that breaks after the request was sent. */
export function reset(): Error {
  return Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET', syscall: 'read' });
}
