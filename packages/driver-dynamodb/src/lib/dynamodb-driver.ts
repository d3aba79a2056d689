import type { DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import {
  type Check,
  type Clock,
  type Driver,
  type DriverCall,
  type DriverTraits,
  type Entry,
  type Increment,
  type IncrementResult,
  KvError,
  type ScanPage,
  type ScanRequest,
  systemClock,
  type Write,
  type WriteResult,
} from '@grovekv/kv-core/driver';
import { type DynamodbAttributes, toAttributes } from './attributes.js';
import { commitAll } from './commits.js';
import { createClient, type InjectedClient } from './dynamodb-client.js';
import { incrementAll } from './increments.js';
import { ItemFormat } from './item-format.js';
import { readAll } from './reads.js';
import { Requests } from './requests.js';
import { scanPage } from './scans.js';
import { Table } from './table.js';
import { writeAll } from './writes.js';

/** What DynamoDB takes as a partition key. */
const MAX_KEY_BYTES = 2_048;
const DEFAULT_CLOCK_SKEW_MS = 100;

/** Options of {@link dynamodbDriver}. */
export interface DynamodbDriverOptions {
  /** The table: one string as its key, no sort key. */
  readonly table: string;
  /**
   * A `DynamoDBClient` or `DynamoDBDocumentClient` of yours. Closing the store leaves it open. Its retries
   * do not take effect for this driver.
   */
  readonly client?: InjectedClient | undefined;
  /** Of a client of the driver's own, as are `endpoint` and `options`. Default: as the SDK finds it. */
  readonly region?: string | undefined;
  readonly endpoint?: string | undefined;
  /** More settings of the SDK's client. */
  readonly options?: DynamoDBClientConfig | undefined;
  /** Creates the table at the first call if it is missing: on demand, with ttl. Default false. */
  readonly createTable?: boolean | undefined;
  /** Other names for the attributes of an item. */
  readonly attributes?: Partial<DynamodbAttributes> | undefined;
  /**
   * By how many milliseconds the clocks of two processes may differ. A key expires by the reader's clock,
   * this much later. Default 100.
   */
  readonly clockSkewMs?: number | undefined;
  /** What keys expire by. Default: the system's clock. */
  readonly clock?: Clock | undefined;
}

/**
 * Stores in a table of Amazon DynamoDB, through the AWS SDK for JavaScript v3. Reads are strongly
 * consistent. Nothing is sent before the first call. Throws `INVALID_ARGUMENT` for settings that cannot
 * be right.
 */
export function dynamodbDriver(options: DynamodbDriverOptions): Driver {
  return new DynamodbDriver(options);
}

class DynamodbDriver implements Driver {
  readonly contract = 1;
  readonly traits: DriverTraits;
  readonly clock: Clock;
  readonly #requests: Requests;
  readonly #table: Table;

  constructor(options: DynamodbDriverOptions) {
    const { table, clock = systemClock, clockSkewMs = DEFAULT_CLOCK_SKEW_MS } = options;
    if (typeof table !== 'string' || table === '') {
      throw new KvError('INVALID_ARGUMENT', 'dynamodbDriver needs the name of a table');
    }
    if (!Number.isSafeInteger(clockSkewMs) || clockSkewMs < 0) {
      throw new KvError('INVALID_ARGUMENT', 'clockSkewMs must be a whole number, 0 or more');
    }
    const format = new ItemFormat(toAttributes(options.attributes), clock, clockSkewMs);
    const { sender, destroy } = createClient(options);
    this.clock = clock;
    this.#requests = new Requests(sender, destroy, table);
    this.#table = new Table(table, format, this.#requests, options.createTable ?? false);
    this.traits = {
      name: 'dynamodb',
      ttlResolutionMs: clockSkewMs + 1,
      expiryClock: 'client',
      maxKeyBytes: MAX_KEY_BYTES,
      maxValueBytes: format.maxValueBytes(MAX_KEY_BYTES),
      scan: 'unordered',
      commit: { maxOperations: 100, scope: 'any' },
      durability: 'durable',
      shared: true,
      pipelined: 'conditional',
    };
  }

  get(
    keys: readonly string[],
    { timeoutMs }: DriverCall,
  ): Promise<(Entry | undefined | KvError)[]> {
    return this.#run(timeoutMs, (due) => readAll(this.#table, keys, due));
  }

  write(writes: readonly Write[], { timeoutMs }: DriverCall): Promise<(WriteResult | KvError)[]> {
    return this.#run(timeoutMs, (due) => writeAll(this.#table, writes, due));
  }

  increment(
    increments: readonly Increment[],
    { timeoutMs }: DriverCall,
  ): Promise<(IncrementResult | KvError)[]> {
    return this.#run(timeoutMs, (due) => incrementAll(this.#table, increments, due));
  }

  commit(
    checks: readonly Check[],
    writes: readonly Write[],
    { timeoutMs }: DriverCall,
  ): Promise<boolean> {
    return this.#run(timeoutMs, (due) => commitAll(this.#table, checks, writes, due));
  }

  scan(request: ScanRequest, { timeoutMs }: DriverCall): Promise<ScanPage> {
    return this.#run(timeoutMs, (due) => scanPage(this.#table, request, due));
  }

  close(): Promise<void> {
    return this.#requests.close();
  }

  #run<T>(timeoutMs: number, command: (due: number) => Promise<T>): Promise<T> {
    const due = performance.now() + timeoutMs;
    const opening = this.#table.ready(due);
    return this.#requests.track(opening ? opening.then(() => command(due)) : command(due));
  }
}
