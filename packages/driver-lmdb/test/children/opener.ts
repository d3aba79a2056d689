import { CALL, put } from '../../../../tests/support/embedded-data.js';
import { lmdbDriver } from '../../src/index.js';

/** Opens the database again and again, beside others that write. */
const [path, id, times] = process.argv.slice(2) as [string, string, string];
for (let round = 0; round < Number(times); round += 1) {
  const driver = lmdbDriver({ path, durability: 'crash-safe' });
  await driver.write([put(`opener:${id}:${round}`, 'here')], CALL);
  await driver.close();
}
