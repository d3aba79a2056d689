import { writeUntilKilled } from '../../../../tests/support/write-until-killed.js';
import { type Durability, lmdbDriver } from '../../src/index.js';

const [path, id, durability] = process.argv.slice(2) as [string, string, Durability];
await writeUntilKilled(lmdbDriver({ path, durability }), id);
