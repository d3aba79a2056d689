import { type Codec, KvError } from '@grovekv/kv-core';
import type { Entry } from './entry.js';
import {
  checkAttempts,
  checkBackoff,
  checkKey,
  checkPriority,
  checkText,
  type EnqueueOptions,
  invalid,
  pause,
  type QueueSettings,
} from './options.js';
import { NO_UID, newUid } from './uid.js';

/** What the six bytes of a record hold: the year 10889. */
const LATEST = 2 ** 48 - 1;

/** The job as it is first stored. Throws before anything is: `INVALID_ARGUMENT`, `INVALID_VALUE`,
 * `KEY_TOO_LARGE`, `VALUE_TOO_LARGE`. */
export function newEntry<T>(
  settings: QueueSettings<unknown>,
  codec: Codec<T>,
  payload: T,
  options: EnqueueOptions,
): Entry {
  const { id, dedupe, delayMs, runAt, priority, maxAttempts, backoff } = options;
  if (id !== undefined && dedupe !== undefined)
    throw invalid('give an id or a dedupe key, not both');
  if (delayMs !== undefined && runAt !== undefined)
    throw invalid('give delayMs or runAt, not both');
  const now = Math.floor(settings.clock.now());
  const uid = newUid();
  const entry: Entry = {
    state: 'waiting',
    uid,
    origin: uid,
    token: NO_UID,
    level: priority === undefined ? 0 : checkPriority(priority),
    attempts: 0,
    maxAttempts: maxAttempts === undefined ? settings.maxAttempts : checkAttempts(maxAttempts),
    backoff: backoff === undefined ? settings.backoff : checkBackoff(backoff),
    leftMs: 0,
    dueAt: dueAt(now, delayMs, runAt),
    enqueuedAt: now,
    id: checkText('id', id),
    dedupe: checkText('dedupe', dedupe),
    reason: '',
    target: undefined,
    payload: encode(codec, payload),
  };
  const { mostPayloadBytes, maxKeyBytes, prefix } = settings;
  checkKey(`${prefix}i:${entry.id || entry.dedupe}`, maxKeyBytes);
  if (entry.payload.byteLength > mostPayloadBytes) {
    const text = `the payload has ${entry.payload.byteLength} bytes; at most ${mostPayloadBytes} fit`;
    throw new KvError('VALUE_TOO_LARGE', text, { key: prefix });
  }
  return entry;
}

function dueAt(now: number, delayMs: number | undefined, runAt: Date | number | undefined): number {
  if (delayMs !== undefined) {
    const delay = pause('delayMs', delayMs);
    return delay === 0 ? 0 : now + delay;
  }
  if (runAt === undefined) return 0;
  const at = runAt instanceof Date ? runAt.getTime() : runAt;
  if (typeof at !== 'number' || !(at >= 0 && at <= LATEST)) {
    throw invalid('runAt is a Date or milliseconds since 1970, below 2^48');
  }
  return at <= now ? 0 : Math.ceil(at);
}

function encode<T>(codec: Codec<T>, payload: T): Uint8Array {
  try {
    return codec.encode(payload);
  } catch (error) {
    throw error instanceof KvError
      ? error
      : new KvError('INVALID_VALUE', `the codec ${codec.name} failed`, { cause: error });
  }
}
