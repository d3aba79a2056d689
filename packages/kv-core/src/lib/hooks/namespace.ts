import { KvError } from '../errors/kv-error.js';
import type { Hook } from './hook.js';

/**
 * Puts every key under `prefix`: key `k` becomes `prefix:k`. A colon or percent sign inside the prefix
 * is escaped, so the first colon always ends it and no key of one namespace can be a key of a sibling; what
 * encloses a namespace, such as the store itself, can name its keys.
 */
export function namespace(prefix: string): Hook {
  if (typeof prefix !== 'string' || prefix === '' || !prefix.isWellFormed()) {
    throw new KvError('INVALID_ARGUMENT', 'a namespace is a non-empty, well-formed string');
  }
  const front = `${prefix.replace(/[%:]/g, (sign) => (sign === ':' ? '%3A' : '%25'))}:`;
  return {
    name: 'namespace',
    key: {
      to: (key) => front + key,
      from: (key) => (key.startsWith(front) ? key.slice(front.length) : key),
    },
  };
}
