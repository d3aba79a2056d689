import { KvError, type Outcome } from '@grovekv/kv-core/driver';

/** What ioredis says of a command that no server has run: not sent, or redirected until it gave up. */
const NOT_RUN = /isn't (writeable|ready)|Too many Cluster redirections/;

/** An error of a script after it began says nothing about what it had done by then. */
const IN_SCRIPT = /script/i;

/** What went wrong with a command, as the server or the client tells it. */
export function toRedisError(error: unknown, write: boolean): KvError {
  const cause = error instanceof Error ? error : new Error(String(error));
  const { message } = cause;
  // ioredis adds the arguments: errors are logged, values must not be.
  Reflect.deleteProperty(cause, 'command');
  if (cause.name === 'ReplyError') {
    const started = message.startsWith('ERR') && IN_SCRIPT.test(message);
    return replyError(message, write && started ? 'unknown' : 'none', cause);
  }
  if (NOT_RUN.test(message)) return unavailable('no Redis server took the command', 'none', cause);
  return unavailable('the connection to Redis broke', write ? 'unknown' : 'none', cause);
}

/** The text of an error reply, also of one that a script caught for a single item. */
export function replyError(text: string, outcome: Outcome = 'none', cause?: Error): KvError {
  const details = { outcome, cause: cause ?? new Error(text) };
  if (text.startsWith('WRONGTYPE')) {
    return new KvError('WRONG_TYPE', 'Redis holds another kind of data at the key', details);
  }
  if (text.startsWith('NOT_AN_INTEGER')) {
    return new KvError('NOT_AN_INTEGER', 'the stored value is not a decimal integer');
  }
  if (text.startsWith('OUT_OF_RANGE')) {
    return new KvError('OUT_OF_RANGE', 'the stored value is beyond the safe integers');
  }
  if (/^(MOVED|ASK|CROSSSLOT) /.test(text)) {
    return unavailable(
      `Redis Cluster redirected the command: ${text}. A cluster needs the option "cluster"`,
      outcome,
      details.cause,
    );
  }
  return unavailable(`Redis refused: ${text}`, outcome, details.cause);
}

export function unavailable(message: string, outcome: Outcome, cause?: Error): KvError {
  const because = cause && !message.includes(cause.message) ? ` (${cause.message})` : '';
  return new KvError('UNAVAILABLE', message + because, { outcome, cause });
}

export function timedOut(write: boolean): KvError {
  return new KvError('TIMEOUT', 'Redis did not answer in time; its connection was dropped', {
    outcome: write ? 'unknown' : 'none',
  });
}

export function closed(): KvError {
  return new KvError('CLOSED', 'the Redis driver is closed');
}
