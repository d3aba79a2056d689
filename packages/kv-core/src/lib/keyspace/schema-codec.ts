import type { Codec } from '../codec/codec.js';
import { KvError, type KvErrorCode } from '../errors/kv-error.js';
import type { StandardSchema } from './standard-schema.js';

/** A codec that lets only values of the schema in and out. */
export function schemaCodec<T>(schema: StandardSchema<T>, codec: Codec<T>): Codec<T> {
  return {
    name: `${codec.name} with a ${schema['~standard'].vendor} schema`,
    encode: (value) => codec.encode(validate(schema, value, 'INVALID_VALUE')),
    decode: (bytes) => validate(schema, codec.decode(bytes), 'CORRUPT_VALUE'),
  };
}

function validate<T>(schema: StandardSchema<T>, value: unknown, code: KvErrorCode): T {
  const result = schema['~standard'].validate(value);
  if (result instanceof Promise) {
    result.catch(() => undefined);
    throw new KvError('INVALID_ARGUMENT', 'a keyspace needs a schema that validates synchronously');
  }
  if (result.issues) {
    const issues = result.issues.map(({ message }) => message).join('; ');
    throw new KvError(code, `the value does not fit the schema: ${issues}`);
  }
  return result.value;
}
