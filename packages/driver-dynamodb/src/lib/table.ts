import {
  CreateTableCommand,
  DescribeTableCommand,
  type DescribeTableCommandOutput,
  DescribeTimeToLiveCommand,
  type DescribeTimeToLiveCommandOutput,
  type TableDescription,
  UpdateTimeToLiveCommand,
} from '@aws-sdk/client-dynamodb';
import { isKvError, KvError } from '@grovekv/kv-core/driver';
import { closed, unavailable } from './dynamodb-error.js';
import type { ItemFormat } from './item-format.js';
import { Planner } from './plan.js';
import type { Requests } from './requests.js';

/** How long an attempt to create the table may take; DynamoDB needs some 10 seconds. */
const CREATE_WITHIN_MS = 60_000;
const LOOK_AGAIN_MS = 250;

/** A table and how to reach it. Created at the first call if that is wanted. */
export class Table {
  readonly name: string;
  readonly format: ItemFormat;
  readonly requests: Requests;
  readonly planner: Planner;
  readonly #create: boolean;
  #ready: boolean;
  #opening: Promise<void> | undefined;

  constructor(name: string, format: ItemFormat, requests: Requests, create: boolean) {
    this.name = name;
    this.format = format;
    this.requests = requests;
    this.planner = new Planner(format, name);
    this.#create = create;
    this.#ready = !create;
  }

  /** Nothing if the table is there, else a promise that it is by `due`, a time of `performance`. */
  ready(due: number): Promise<void> | undefined {
    if (this.requests.closing) return Promise.reject(closed());
    if (this.#ready || !this.#create) return undefined;
    this.#opening ??= this.#open().then(
      () => {
        this.#ready = true;
      },
      (error: unknown) => {
        this.#opening = undefined;
        throw error;
      },
    );
    return this.#inTime(this.#opening, due);
  }

  async #inTime(opening: Promise<void>, due: number): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const tooLate = new Promise<never>((_, reject) => {
      const text = `the table "${this.name}" is not there yet; a later call may find it`;
      const left = Math.max(0, due - performance.now());
      timer = setTimeout(() => reject(unavailable(text, 'none')), left);
    });
    try {
      await Promise.race([opening, tooLate, this.requests.whenClosing]);
    } finally {
      clearTimeout(timer);
    }
    if (this.requests.closing) throw closed();
  }

  async #open(): Promise<void> {
    const due = performance.now() + CREATE_WITHIN_MS;
    let table = await this.#describe(due);
    if (!table) {
      await this.#createTable(due);
      table = await this.#describe(due);
    }
    while (table?.TableStatus !== 'ACTIVE' && table?.TableStatus !== 'UPDATING') {
      if (this.requests.closing) throw closed();
      if (performance.now() > due) throw unavailable('the table did not become active', 'none');
      await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
      table = await this.#describe(due);
    }
    this.#check(table);
    await this.#removeExpired(due);
  }

  async #describe(due: number): Promise<TableDescription | undefined> {
    try {
      const command = new DescribeTableCommand({ TableName: this.name });
      const terms = { due, write: false };
      return (await this.requests.send<DescribeTableCommandOutput>(command, terms)).Table;
    } catch (error) {
      if (causeOf(error) === 'ResourceNotFoundException') return undefined;
      throw error;
    }
  }

  async #createTable(due: number): Promise<void> {
    const { key } = this.format.names;
    const command = new CreateTableCommand({
      TableName: this.name,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [{ AttributeName: key, AttributeType: 'S' }],
      KeySchema: [{ AttributeName: key, KeyType: 'HASH' }],
    });
    try {
      await this.requests.send(command, { due, write: true, harmless: true });
    } catch (error) {
      // Somebody else creates it, which is as good.
      if (causeOf(error) !== 'ResourceInUseException') throw error;
    }
  }

  #check({ KeySchema = [], AttributeDefinitions = [] }: TableDescription): void {
    const { key } = this.format.names;
    const type = AttributeDefinitions.find(({ AttributeName }) => AttributeName === key);
    if (KeySchema.length === 1 && KeySchema[0]?.AttributeName === key) {
      if (type?.AttributeType === 'S') return;
    }
    const text = `the table "${this.name}" does not have the string "${key}" as its only key`;
    throw new KvError('INVALID_ARGUMENT', text);
  }

  /** Has DynamoDB remove what has expired, which the driver itself never does. */
  async #removeExpired(due: number): Promise<void> {
    const TableName = this.name;
    try {
      const read = new DescribeTimeToLiveCommand({ TableName });
      const terms = { due, write: false };
      const { TimeToLiveDescription: now } =
        await this.requests.send<DescribeTimeToLiveCommandOutput>(read, terms);
      if (now?.TimeToLiveStatus !== 'DISABLED') return;
      const AttributeName = this.format.names.ttl;
      const TimeToLiveSpecification = { Enabled: true, AttributeName };
      const update = new UpdateTimeToLiveCommand({ TableName, TimeToLiveSpecification });
      await this.requests.send(update, { due, write: true, harmless: true });
    } catch (error) {
      // Local servers may lack it; another process may have been first.
      if (!/^(UnknownOperation|Validation)Exception$/.test(causeOf(error) ?? '')) throw error;
    }
  }
}

/** What the server called an error. */
function causeOf(error: unknown): string | undefined {
  return isKvError(error) ? (error.cause as Error | undefined)?.name : undefined;
}
