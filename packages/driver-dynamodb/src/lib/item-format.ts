import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { type Clock, type Entry, KvError, type WriteTtl } from '@grovekv/kv-core/driver';
import type { DynamodbAttributes } from './attributes.js';

/** An item as it travels. */
export type Item = Record<string, AttributeValue>;

/** What the bytes of a value are stored as: one of the two attributes. */
export type Content = { readonly B: Uint8Array } | { readonly N: string };

/** DynamoDB's own clock may be ahead of ours: it is told to remove the item this much later. */
const REMOVAL_GRACE_MS = 60_000;

const MAX_ITEM_BYTES = 400 * 1024;
/** A UUID. */
const VERSION_BYTES = 36;
/** More than any number that we store takes. */
const NUMBER_BYTES = 21;

const LONGEST_INTEGER = 17;
const INTEGER = /^(0|-?[1-9][0-9]*)$/;

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** Between entries and items, and when an item has expired. */
export class ItemFormat {
  readonly names: DynamodbAttributes;
  readonly #clock: Clock;
  readonly #clockSkewMs: number;

  constructor(names: DynamodbAttributes, clock: Clock, clockSkewMs: number) {
    this.names = names;
    this.#clock = clock;
    this.#clockSkewMs = clockSkewMs;
  }

  /** The most bytes that fit into an item beside a key of this length and all other attributes. */
  maxValueBytes(maxKeyBytes: number): number {
    const names = Object.values(this.names).reduce((sum, name) => sum + encode(name).length, 0);
    return MAX_ITEM_BYTES - maxKeyBytes - names - VERSION_BYTES - 3 * NUMBER_BYTES;
  }

  /** What expires then or before has expired. */
  expiredSince(): number {
    return this.#clock.now() - this.#clockSkewMs;
  }

  keyOf(key: string): Item {
    return { [this.names.key]: { S: key } };
  }

  /** A whole item. `keep` means `none`, as on an absent key. */
  item(key: string, content: Content, version: string, ttl: WriteTtl): Item {
    const { names } = this;
    const item: Item = { [names.key]: { S: key }, [names.version]: { S: version } };
    item['N' in content ? names.number : names.value] = content as AttributeValue;
    if (typeof ttl === 'number') {
      const { expiresAt, removeAt } = this.expiry(ttl);
      item[names.expiresAt] = expiresAt;
      item[names.ttl] = removeAt;
    }
    return item;
  }

  expiry(ttlMs: number): { readonly expiresAt: AttributeValue; readonly removeAt: AttributeValue } {
    const at = Math.min(Math.ceil(this.#clock.now()) + ttlMs, Number.MAX_SAFE_INTEGER);
    const seconds = Math.ceil((at + this.#clockSkewMs + REMOVAL_GRACE_MS) / 1_000);
    return { expiresAt: { N: String(at) }, removeAt: { N: String(seconds) } };
  }

  keyIn(item: Item): string {
    return item[this.names.key]?.S ?? '';
  }

  versionIn(item: Item | undefined): string | undefined {
    return item?.[this.names.version]?.S;
  }

  /** The item, unless it is missing or has expired. */
  alive(item: Item | undefined): Item | undefined {
    const expiresAt = item?.[this.names.expiresAt]?.N;
    return expiresAt !== undefined && Number(expiresAt) <= this.expiredSince() ? undefined : item;
  }

  /** What is stored. Throws `WRONG_TYPE` for an item that another program made. */
  entry(stored: Item | undefined): Entry | undefined {
    const item = this.alive(stored);
    if (!item) return undefined;
    const { names } = this;
    const version = this.versionIn(item);
    const value = item[names.value]?.B ?? textOf(item[names.number]?.N);
    if (version === undefined || value === undefined) {
      throw new KvError('WRONG_TYPE', 'the item at the key lacks the attributes of the driver');
    }
    const expiresAt = item[names.expiresAt]?.N;
    if (expiresAt === undefined) return { value, version };
    return { value, version, ttlMs: Math.max(1, Number(expiresAt) - this.#clock.now()) };
  }
}

/** The one form of a value: a decimal integer is a number, so that DynamoDB can add to it. */
export function toContent(value: Uint8Array): Content {
  const number = value.length <= LONGEST_INTEGER ? integerIn(value) : undefined;
  return number !== undefined && Number.isSafeInteger(number)
    ? { N: String(number) }
    : { B: value };
}

/** A counter, as decimal text within the safe integers; else throws. */
export function parseInteger(value: Uint8Array): number {
  const number = integerIn(value);
  if (number === undefined) {
    throw new KvError('NOT_AN_INTEGER', 'the stored value is not a decimal integer');
  }
  if (!Number.isSafeInteger(number)) {
    throw new KvError('OUT_OF_RANGE', 'the stored value is beyond the safe integers');
  }
  return number;
}

function integerIn(value: Uint8Array): number | undefined {
  const text = value.length <= 20 ? decoder.decode(value) : '';
  return INTEGER.test(text) ? Number(text) : undefined;
}

function textOf(number: string | undefined): Uint8Array | undefined {
  return number === undefined ? undefined : encode(number);
}

function encode(text: string): Uint8Array {
  return encoder.encode(text);
}
