import { execFileSync } from 'node:child_process';
import { isKvError } from '@grovekv/kv-core/driver';
import { CALL, put } from '../../../../tests/support/embedded-data.js';
import { lmdbDriver } from '../../src/index.js';

/** Fills what the limit of file size leaves, as a full disk would, and goes on when there is room. */
const [path] = process.argv.slice(2) as [string];

function limit(bytes: string): void {
  execFileSync('prlimit', ['--pid', String(process.pid), `--fsize=${bytes}`]);
}

process.on('unhandledRejection', (error) => {
  console.log(`unhandled ${error}`);
  process.exit(1);
});
const driver = lmdbDriver({ path });
await driver.write([put('first', 'here')], CALL);
limit(`${500_000}:unlimited`);
const refusals = new Set<string>();
for (let round = 0; round < 60; round += 1) {
  const key = `k${round}`;
  const record = put(key, new Uint8Array(20_000).fill(round), round % 2 === 0 ? 'none' : 60_000);
  const write =
    round % 3 === 0
      ? driver.mutate([{ key, apply: () => record }], CALL)
      : driver.write([record], CALL);
  try {
    await write;
    console.log(`ok ${key}`);
  } catch (error) {
    refusals.add(isKvError(error) ? `refused ${error.code} ${error.outcome}` : String(error));
  }
}
for (const refusal of refusals) console.log(refusal);
const [entry] = await driver.get(['first'], { ...CALL, ttl: false });
console.log(entry === undefined ? 'lost' : 'read back');
limit('unlimited:unlimited');
await driver.write([put('last', 'here')], CALL);
console.log('written again');
await driver.close();
