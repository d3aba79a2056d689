import { DynamoDBClient, type DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';

/** A client of yours: a `DynamoDBClient`, or a `DynamoDBDocumentClient` around one. */
export type InjectedClient = Pick<DynamoDBClient, 'config' | 'middlewareStack' | 'destroy'>;

/** What the driver needs of a client. */
export interface Sender {
  send(command: object, options: { readonly abortSignal: AbortSignal }): Promise<unknown>;
  destroy?(): void;
}

/** Where DynamoDB is. */
export interface ClientOptions {
  readonly client?: InjectedClient | undefined;
  readonly region?: string | undefined;
  readonly endpoint?: string | undefined;
  readonly options?: DynamoDBClientConfig | undefined;
}

/** The client to send with, and what to do with it in the end: an injected one stays open. */
export function createClient({ client, region, endpoint, options }: ClientOptions): {
  readonly sender: Sender;
  destroy(): void;
} {
  if (client) return { sender: withoutRetries(client), destroy: () => {} };
  const { retryStrategy: _, ...rest } = options ?? {};
  const own = new DynamoDBClient({
    ...rest,
    ...(region !== undefined && { region }),
    ...(endpoint !== undefined && { endpoint }),
    maxAttempts: 1,
  });
  spare(own, rest.logger !== undefined);
  return { sender: own as unknown as Sender, destroy: () => own.destroy() };
}

/** What the SDK calls the parts of its stack that retry and log. */
const RETRY = 'retryMiddleware';
const LOGGER = 'loggerMiddleware';

/**
 * Spares a client what it would do for nothing: to prepare for retries that never come, and, without a
 * logger, to copy every input and output for the log.
 */
function spare({ middlewareStack: stack }: DynamoDBClient, logs: boolean): void {
  if (!logs) stack.remove(LOGGER);
  if (!stack.identify().includes(`${RETRY} - finalizeRequest`)) return;
  // Others are placed by its name.
  const placed = {
    name: RETRY,
    step: 'finalizeRequest',
    priority: 'high',
    override: true,
  } as const;
  stack.add((next) => next, placed);
}

/** A part of the stack, round the rest of it. */
type Part = (next: Next) => Next;
type Next = (args: unknown) => Promise<{ readonly response: unknown; readonly output: object }>;

class Failure {
  readonly error: unknown;

  constructor(error: unknown) {
    this.error = error;
  }
}

/**
 * A view of a client that sends every request once, however the client is set up. The SDK sends writes
 * again whose reply was lost, counters included. Below whatever retries, a failure is made to look like
 * an answer, and turned back above it. The client itself and its other users see nothing of that.
 */
function withoutRetries(client: InjectedClient): Sender {
  const stack = client.middlewareStack?.clone();
  const retries = stack?.identify().some((line) => line.startsWith(RETRY));
  if (!retries) return client as unknown as Sender;
  const lower: Part = (next) => async (args) => {
    try {
      return await next(args);
    } catch (error) {
      return { response: {}, output: { $metadata: {}, failure: new Failure(error) } };
    }
  };
  const upper: Part = (next) => async (args) => {
    const result = await next(args);
    const failure = 'failure' in result.output && result.output.failure;
    if (failure instanceof Failure) throw failure.error;
    return result;
  };
  const beside = { toMiddleware: RETRY, override: true } as const;
  const under = { ...beside, relation: 'after', name: 'groveFailureAsAnswer' } as const;
  const over = { ...beside, relation: 'before', name: 'groveFailureAgain' } as const;
  stack.addRelativeTo(lower as never, under);
  stack.addRelativeTo(upper as never, over);
  return Object.create(client, { middlewareStack: { value: stack } });
}
