import { KvError } from '../errors/kv-error.js';
import { type Hook, isRead } from './hook.js';
import { keysOf } from './logging.js';

/** Lets reads pass and refuses every other command with `READ_ONLY`. */
export function readOnly(): Hook {
  return {
    name: 'readOnly',
    async around(command, next) {
      if (isRead(command)) return next(command);
      const key = keysOf(command)[0];
      throw new KvError('READ_ONLY', 'this store is read-only', { key });
    },
  };
}
