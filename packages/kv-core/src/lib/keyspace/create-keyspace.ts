import type { Codec } from '../codec/codec.js';
import { json } from '../codec/json.js';
import type { Hook } from '../hooks/hook.js';
import { namespace } from '../hooks/namespace.js';
import type { Store } from '../store/store.js';
import { schemaCodec } from './schema-codec.js';
import type { StandardSchema } from './standard-schema.js';

/** A store of values of one type under one prefix. */
export interface Keyspace<T> extends Store<T> {}

/** Options of {@link createKeyspace}. */
export interface KeyspaceOptions<T> {
  /**
   * Validates values on the way in (`INVALID_VALUE`) and out (`CORRUPT_VALUE`). Synchronous, and it must
   * accept what it puts out: one that turns a text into a Date does not.
   */
  readonly schema?: StandardSchema<T> | undefined;
  /** Default `json()`. */
  readonly codec?: Codec<T> | undefined;
  /** Time to live of what is written here, unless the call says otherwise. */
  readonly ttlMs?: number | undefined;
  /** Hooks for this keyspace only, outside those of the store. */
  readonly hooks?: readonly Hook[] | undefined;
}

/**
 * Makes a typed view of a store: every key under `prefix`, every value of type `T`, checked by a schema
 * if one is given. No I/O.
 *
 * @throws KvError `INVALID_ARGUMENT` for a prefix or ttl that cannot be right.
 */
export function createKeyspace<T>(
  store: Pick<Store, 'with'>,
  prefix: string,
  options: KeyspaceOptions<T> = {},
): Keyspace<T> {
  const { schema, ttlMs, hooks = [] } = options;
  const plain = options.codec ?? (json() as Codec<T>);
  const codec = schema ? schemaCodec(schema, plain) : plain;
  return store.with<T>({ codec, ttlMs, hooks: [...hooks, namespace(prefix)] });
}
