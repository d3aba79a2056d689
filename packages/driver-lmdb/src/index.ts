export { lmdbDriver } from './lib/lmdb-driver.js';
export type {
  Durability,
  LmdbDatabaseOptions,
  LmdbDriver,
  LmdbDriverOptions,
  LmdbPathOptions,
} from './lib/options.js';
