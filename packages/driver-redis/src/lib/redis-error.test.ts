import { expect, test } from 'vitest';
import { replyError, toRedisError } from './redis-error.js';

function reply(message: string): Error {
  return Object.assign(new Error(message), { name: 'ReplyError' });
}

test.each([
  'OOM command not allowed when used memory > "maxmemory".',
  "READONLY You can't write against a read only replica.",
  'NOREPLICAS Not enough good replicas to write.',
  'LOADING Redis is loading the dataset in memory',
  'NOAUTH Authentication required.',
  'CLUSTERDOWN The cluster is down',
  "MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.",
  'MISCONF Redis is configured to save RDB snapshots, but it is not able to persist on disk.',
  'BUSY Redis is busy running a script.',
  'MOVED 866 127.0.0.1:7001',
  'ASK 866 127.0.0.1:7001',
  'TRYAGAIN Multiple keys request during rehashing of slot',
  'ERR max number of clients reached',
])('a refusal changed nothing: %s', (message) => {
  const error = toRedisError(reply(message), true);
  expect(error).toMatchObject({ code: 'UNAVAILABLE', outcome: 'none' });
  expect(error.message).toContain(message);
});

test('a command that was not sent changed nothing', () => {
  for (const message of [
    "Stream isn't writeable and enableOfflineQueue options is false",
    "Cluster isn't ready and enableOfflineQueue options is false",
    'Too many Cluster redirections. Last error: ReplyError: MOVED 866 127.0.0.1:7001',
  ]) {
    const error = toRedisError(new Error(message), true);
    expect(error).toMatchObject({ code: 'UNAVAILABLE', outcome: 'none' });
  }
});

test('a write whose connection broke is in doubt, a read is not', () => {
  for (const message of ['Connection is closed.', 'Reached the max retries per request limit']) {
    expect(toRedisError(new Error(message), true)).toMatchObject({ outcome: 'unknown' });
    expect(toRedisError(new Error(message), false)).toMatchObject({ outcome: 'none' });
  }
  const inScript = reply('ERR user_script:7: attempt to index a nil value script: 5f0…');
  expect(toRedisError(inScript, true)).toMatchObject({ outcome: 'unknown' });
});

test('what is stored has codes of its own', () => {
  const wrongType = 'WRONGTYPE Operation against a key holding the wrong kind of value';
  expect(toRedisError(reply(wrongType), true)).toMatchObject({ code: 'WRONG_TYPE' });
  expect(replyError('NOT_AN_INTEGER')).toMatchObject({ code: 'NOT_AN_INTEGER', outcome: 'none' });
  expect(replyError('OUT_OF_RANGE')).toMatchObject({ code: 'OUT_OF_RANGE', outcome: 'none' });
});
