import { isKvError } from '@grovekv/kv-core/driver';
import { CALL, put } from '../../../../tests/support/embedded-data.js';
import { levelDriver } from '../../src/index.js';

/** Tries to write to a database, and says what became of it; a third time when it is told. */
const [path, id] = process.argv.slice(2) as [string, string];
const driver = levelDriver({ path });

async function attempt(): Promise<string> {
  try {
    await driver.write([put(`opener:${id}`, 'here')], CALL);
    return 'written';
  } catch (error) {
    if (!isKvError(error)) throw error;
    return `refused ${error.code} ${error.outcome}: ${error.message}`;
  }
}

console.log(`first ${await attempt()}`);
console.log(`second ${await attempt()}`);
process.stdin.once('data', async () => {
  console.log(`third ${await attempt()}`);
  await driver.close();
  process.stdin.destroy();
});
