import { DynamoDBClient, type DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';

/** A client of yours: a `DynamoDBClient`, or a `DynamoDBDocumentClient` around one. */
export type InjectedClient = Pick<DynamoDBClient, 'config' | 'middlewareStack' | 'destroy'>;

/** A command of the SDK. */
export interface Command {
  readonly input: object;
}

/** What the driver needs of a client. */
export interface Sender {
  /** Sends a command; gives its connection up when the signal fires. */
  send(command: Command, signal: AbortSignal): Promise<unknown>;
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
  if (client) {
    const once = withoutRetries(client);
    const sender: Sender = {
      send: (command, abortSignal) => once.send(command as never, { abortSignal }),
    };
    return { sender, destroy: () => {} };
  }
  const { retryStrategy: _, ...rest } = options ?? {};
  const own = new DynamoDBClient({
    ...rest,
    ...(region !== undefined && { region }),
    ...(endpoint !== undefined && { endpoint }),
    maxAttempts: 1,
  });
  spare(own, rest.logger !== undefined);
  return { sender: new OwnSender(own), destroy: () => own.destroy() };
}

/**
 * Sends by a client that nobody else uses. The SDK makes its stack anew for each command that comes with
 * options, a tenth of all its work; so the signal goes another way, by the input of its command.
 */
class OwnSender implements Sender {
  readonly #client: DynamoDBClient;
  readonly #signals = new WeakMap<object, AbortSignal>();

  constructor(client: DynamoDBClient) {
    this.#client = client;
    const last: Part = () => (args) => {
      const { input, request } = args as { readonly input: object; readonly request: never };
      const abortSignal = this.#signals.get(input);
      const { requestHandler } = client.config;
      return requestHandler.handle(request, abortSignal ? { abortSignal } : {}) as never;
    };
    client.middlewareStack.add(last as never, { step: 'deserialize', priority: 'low' });
  }

  send(command: Command, signal: AbortSignal): Promise<unknown> {
    this.#signals.set(command.input, signal);
    return this.#client.send(command as never);
  }
}

/** What the SDK calls the parts of its stack that retry and log. */
const RETRY = 'retryMiddleware';
const LOGGER = 'loggerMiddleware';

/**
 * Spares a client what it would do for nothing: to make its stack anew for each command, to prepare for
 * retries that never come, and, without a logger, to copy every input and output for the log. It also
 * copies its settings three times for each command, and V8 copies an object four times as fast that has
 * only ever been a plain one.
 */
function spare(client: DynamoDBClient, logs: boolean): void {
  const { middlewareStack: stack } = client;
  const retries = stack.identify().includes(`${RETRY} - finalizeRequest`);
  // What retries notes in the context of each request, which all requests of a kept stack share.
  Object.assign(client, { config: { ...client.config, cacheMiddleware: retries } });
  if (!logs) stack.remove(LOGGER);
  if (!retries) return;
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
function withoutRetries(client: InjectedClient): DynamoDBClient {
  const stack = client.middlewareStack?.clone();
  const retries = stack?.identify().some((line) => line.startsWith(RETRY));
  if (!retries) return client as DynamoDBClient;
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
