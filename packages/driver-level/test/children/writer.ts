import { writeUntilKilled } from '../../../../tests/support/write-until-killed.js';
import { levelDriver } from '../../src/index.js';

const [path, id, sync] = process.argv.slice(2) as [string, string, string];
await writeUntilKilled(levelDriver({ path, sync: sync === 'sync' }), id);
