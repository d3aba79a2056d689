import { KvError } from '@grovekv/kv-core/driver';

/** The names of the attributes of an item. */
export interface DynamodbAttributes {
  /** The partition key, a string. The table has no sort key. */
  readonly key: string;
  /** The bytes, if they are not a counter. */
  readonly value: string;
  /** Instead of the bytes, if they are a decimal integer within the safe integers. */
  readonly number: string;
  /** Random text, new with every write of the value. */
  readonly version: string;
  /** When the key expires, in milliseconds since 1970. Missing if never. */
  readonly expiresAt: string;
  /** When DynamoDB may remove the item, in seconds since 1970. The TTL attribute of the table. */
  readonly ttl: string;
}

const DEFAULTS: DynamodbAttributes = {
  key: 'key',
  value: 'value',
  number: 'number',
  version: 'version',
  expiresAt: 'expiresAt',
  ttl: 'ttl',
};

/** All names, the given ones over the defaults. */
export function toAttributes(given: Partial<DynamodbAttributes> = {}): DynamodbAttributes {
  const names: DynamodbAttributes = { ...DEFAULTS, ...given };
  const all = Object.values(names);
  const valid = all.every((name) => typeof name === 'string' && name !== '' && name.length <= 255);
  if (!valid || new Set(all).size !== Object.keys(DEFAULTS).length) {
    throw new KvError('INVALID_ARGUMENT', 'attributes must be different names of 1 to 255 letters');
  }
  return names;
}
