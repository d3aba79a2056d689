export { lmdbDriver } from './lib/lmdb-driver.js';
export type { Durability, LmdbDriver, LmdbDriverOptions } from './lib/options.js';
