import type { Check, Condition, Write, WriteTtl } from '@grovekv/kv-core/driver';
import { type Arg, asOwnArg } from './arg.js';
import { isDigest } from './version.js';

/**
 * Adds to `args` what the scripts of `scripts.ts` take for a write or a check. Returns the bytes that it
 * puts, if any, as they were added: a copy, since the script may have to be sent again, as Redis forgets
 * scripts when it restarts.
 */
export function pushWrite(args: Arg[], write: Write | Check): Arg | undefined {
  const { condition } = write;
  args.push(wordOf(kindOf(write) + conditionMark(condition), write));
  if (typeof condition === 'object') args.push(condition.version);
  if (!('type' in write) || write.type !== 'put') return undefined;
  const value = asOwnArg(write.value);
  args.push(value);
  return value;
}

let lastFront = '';
let lastTtl: WriteTtl | undefined;
let lastWord = '';

/** The writes of a batch are alike: most words are the one before. */
function wordOf(front: string, write: Write | Check): string {
  const ttl = 'ttl' in write ? write.ttl : 'none';
  if (front !== lastFront || ttl !== lastTtl) {
    lastFront = front;
    lastTtl = ttl;
    lastWord = front + ttlWord(ttl);
  }
  return lastWord;
}

function kindOf(write: Write | Check): string {
  if (!('type' in write)) return 'c';
  return write.type === 'put' ? 'p' : write.type === 'delete' ? 'd' : 't';
}

function conditionMark(condition: Condition): string {
  switch (condition) {
    case 'any':
      return '*';
    case 'absent':
      return '-';
    case 'present':
      return '+';
    default:
      return isDigest(condition.version) ? '#' : '=';
  }
}

function ttlWord(ttl: WriteTtl): string {
  return ttl === 'none' ? '' : ttl === 'keep' ? 'k' : ttlText(ttl);
}

/** Milliseconds as Redis takes them. */
export function ttlText(ttlMs: number): string {
  return String(Math.min(Math.ceil(ttlMs), Number.MAX_SAFE_INTEGER));
}
