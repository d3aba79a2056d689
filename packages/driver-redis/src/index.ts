export { type RedisDriverOptions, redisDriver } from './lib/redis-driver.js';
