import { KvError } from '@grovekv/kv-core';
import type { LimitState } from './strategies/strategy.js';

/** What is stored under a key. */
export interface LimiterRecord {
  /** When it was written, by the time of {@link LimiterTime}. Never smaller than in the record before. */
  readonly at: number;
  /** The time to live that it was written with: what is left of it tells its age. */
  readonly ttlMs: number;
  /** Nobody is let in before; 0 if nobody is kept out. */
  readonly blockedUntil: number;
  /** One for each limit, in their order. */
  readonly states: readonly LimitState[];
}

const MARK = 'R1';

/** As text: `R1 at ttl blockedUntil|state|…`, numbers in decimal. */
export function encodeRecord({ at, ttlMs, blockedUntil, states }: LimiterRecord): string {
  let text = `${MARK} ${at} ${ttlMs} ${blockedUntil}`;
  for (const state of states) text += `|${state.join(' ')}`;
  return text;
}

/** Throws `CORRUPT_VALUE` for text that is not a record of so many limits. */
export function decodeRecord(text: string, limits: number, key: string): LimiterRecord {
  const [head = '', ...parts] = text.split('|');
  const [mark, ...fields] = head.split(' ');
  const [at, ttlMs, blockedUntil] = fields.map(Number);
  if (mark !== MARK || fields.length !== 3 || parts.length !== limits) throw corrupt(key);
  const states = parts.map((part) => (part === '' ? [] : part.split(' ').map(Number)));
  for (const numbers of [[at, ttlMs, blockedUntil], ...states]) {
    if (
      !(numbers as number[]).every((number) => number >= 0 && number < Number.POSITIVE_INFINITY)
    ) {
      throw corrupt(key);
    }
  }
  return { at: at!, ttlMs: ttlMs!, blockedUntil: blockedUntil!, states };
}

function corrupt(key: string): KvError {
  return new KvError('CORRUPT_VALUE', 'the stored bytes are no record of this rate limiter', {
    key,
  });
}
