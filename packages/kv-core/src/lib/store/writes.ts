import { Addition } from '../dispatch/addition.js';
import { Put } from '../dispatch/put.js';
import type {
  Check,
  DeleteWrite,
  PutWrite,
  TouchWrite,
  Write,
  WriteResult,
} from '../driver/driver.js';
import { KvError } from '../errors/kv-error.js';
import { checkCondition, checkInteger, checkKey, checkTtl, checkWriteTtl } from './arguments.js';
import type {
  ConditionOptions,
  IncrementOptions,
  SetOptions,
  StoreCheck,
  StoreWrite,
} from './store.js';
import type { ValueCoder } from './value-coder.js';

/** The driver's form of a `set`. */
export function putOf<V>(
  key: string,
  value: V,
  options: SetOptions | undefined,
  coder: ValueCoder<V>,
  defaultTtlMs: number | undefined,
): PutWrite {
  checkKey(key);
  const condition = checkCondition(options?.if, key);
  const ttl =
    options?.ttlMs === undefined ? (defaultTtlMs ?? 'none') : checkWriteTtl(options.ttlMs, key);
  return new Put(key, condition, coder.encode(value, key), ttl);
}

/** The driver's form of an `increment`, of the key that `place` says, if there is one. */
export function additionOf(
  key: string,
  by: number,
  { min, max, ttlMs }: IncrementOptions,
  defaultTtlMs: number | undefined,
  place: ((key: string) => string) | undefined,
): Addition {
  checkKey(key);
  const ttl = ttlMs ?? defaultTtlMs;
  return new Addition(
    place ? place(key) : key,
    checkInteger(by, 'by', key),
    min === undefined ? Number.MIN_SAFE_INTEGER : checkInteger(min, 'min', key),
    max === undefined ? Number.MAX_SAFE_INTEGER : checkInteger(max, 'max', key),
    ttl === undefined ? undefined : checkTtl(ttl, key),
  );
}

/** The driver's form of a `delete`: by default it applies only if something is there to delete. */
export function deleteOf(key: string, options: ConditionOptions | undefined): DeleteWrite {
  checkKey(key);
  return { type: 'delete', key, condition: checkCondition(options?.if ?? 'present', key) };
}

/** The driver's form of `expire` and `persist`. */
export function touchOf(
  key: string,
  ttl: number | 'none',
  options: ConditionOptions | undefined,
): TouchWrite {
  checkKey(key);
  return { type: 'touch', key, condition: checkCondition(options?.if ?? 'present', key), ttl };
}

/** The driver's form of one operation of a batch or commit. */
export function writeOf<V>(
  write: StoreWrite<V>,
  coder: ValueCoder<V>,
  defaultTtlMs: number | undefined,
): Write {
  switch (write.type) {
    case 'set':
      return putOf(write.key, write.value, write, coder, defaultTtlMs);
    case 'delete':
      return deleteOf(write.key, { if: write.if ?? 'any' });
    case 'expire':
      return touchOf(
        write.key,
        write.ttlMs === 'none' ? 'none' : checkTtl(write.ttlMs, write.key),
        write,
      );
    default:
      throw new KvError('INVALID_ARGUMENT', "a write has type 'set', 'delete' or 'expire'");
  }
}

/** The driver's form of a check. */
export function checkOf(check: StoreCheck): Check {
  checkKey(check.key);
  const condition = checkCondition(check.if, check.key);
  if (condition === 'any') {
    throw new KvError('INVALID_ARGUMENT', 'a check that always holds', { key: check.key });
  }
  return { key: check.key, condition };
}

/** Refuses a key that is named twice: in one commit it would have no defined order. */
export function checkDistinct(items: readonly { readonly key: string }[]): void {
  const seen = new Set<string>();
  for (const { key } of items) {
    if (seen.has(key)) {
      const text = 'a key is named twice in one atomic commit; give the write itself the condition';
      throw new KvError('INVALID_ARGUMENT', text, { key });
    }
    seen.add(key);
  }
}

/** Whether a write took place, as the caller is told. */
export function wasApplied(result: WriteResult): boolean {
  return result.applied;
}
