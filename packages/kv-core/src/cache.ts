export { type CacheOptions, cache } from './lib/hooks/cache.js';
