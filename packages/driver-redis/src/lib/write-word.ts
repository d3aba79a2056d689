import type { Check, Write, WriteTtl } from '@grovekv/kv-core/driver';

const DIGEST = /^[0-9a-f]{40}$/;
/** A condition that no digest meets. */
const NO_DIGEST = 'x'.repeat(40);

/** What the scripts of `scripts.ts` take for a write or a check. */
export function writeWord(write: Write | Check): string {
  if (!('type' in write)) return `c${conditionWord(write)}`;
  const word = write.type[0] + conditionWord(write);
  return write.type === 'delete' ? word : word + ttlWord(write.ttl);
}

function conditionWord({ condition }: Write | Check): string {
  switch (condition) {
    case 'any':
      return '*';
    case 'absent':
      return '-';
    case 'present':
      return '+';
    default:
      return `=${DIGEST.test(condition.version) ? condition.version : NO_DIGEST}`;
  }
}

function ttlWord(ttl: WriteTtl): string {
  return ttl === 'none' ? '' : ttl === 'keep' ? 'k' : ttlText(ttl);
}

/** Milliseconds as Redis takes them. */
export function ttlText(ttlMs: number): string {
  return String(Math.min(Math.ceil(ttlMs), Number.MAX_SAFE_INTEGER));
}
