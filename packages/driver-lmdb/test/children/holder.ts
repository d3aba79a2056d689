import { CALL, put } from '../../../../tests/support/embedded-data.js';
import { lmdbDriver } from '../../src/index.js';

/** Stops itself in the middle of a transaction: it holds the lock for writing until it goes on or dies. */
const [path] = process.argv.slice(2) as [string];
const driver = lmdbDriver({ path });
await driver.write([put('before', 'here')], CALL);
console.log('ready');
await new Promise((resolve) => process.stdin.once('data', resolve));
const apply = () => {
  process.kill(process.pid, 'SIGSTOP');
  return put('held', 'by the holder');
};
await driver.mutate([{ key: 'held', apply }], CALL);
console.log('went on');
process.stdin.destroy();
await driver.close();
