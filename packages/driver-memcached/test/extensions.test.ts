import { counterConformance, lockConformance } from '@grovekv/conformance';
import { createCounter } from '@grovekv/ext-counter';
import { createLock } from '@grovekv/ext-lock';
import { describe, it } from 'vitest';
import { memcachedDriver } from '../src/index.js';

const servers = process.env.MEMCACHED_SERVERS as string;
const onMemcached = { name: 'memcached', describe, it, create: () => memcachedDriver({ servers }) };

counterConformance({
  ...onMemcached,
  createCounter: (store, name, options) => createCounter(store, name, options),
  createExactCounter: (store, name) => createCounter(store, name, { exactRetries: true }),
});

lockConformance({
  ...onMemcached,
  createLock: (store, name, options) => createLock(store, name, options),
});

lockConformance({
  ...onMemcached,
  name: 'memcached, fair',
  createLock: (store, name, options) => createLock(store, name, { ...options, fair: true }),
});
