/** The workloads by name, in the order of the report. Each is loaded by the process that runs it. */
export const WORKLOADS = [
  'memory',
  'hooks',
  'redis',
  'lmdb',
  'level',
  'memcached',
  'dynamodb',
  'hot-counter',
  'lock',
  'ratelimit',
  'session',
  'leaderboard',
  'queue',
] as const;
