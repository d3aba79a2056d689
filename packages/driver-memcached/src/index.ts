export { type MemcachedDriverOptions, memcachedDriver } from './lib/memcached-driver.js';
