export type { LevelDatabase } from './lib/level-database.js';
export { levelDriver } from './lib/level-driver.js';
export type {
  LevelDatabaseOptions,
  LevelDriver,
  LevelDriverOptions,
  LevelPathOptions,
} from './lib/options.js';
