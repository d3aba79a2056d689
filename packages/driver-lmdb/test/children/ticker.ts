import { appendFileSync } from 'node:fs';
import { CALL, put } from '../../../../tests/support/embedded-data.js';
import { lmdbDriver } from '../../src/index.js';

/** Writes 1, 2, 3 … under one key, and adds each number to a file once it is acknowledged. */
const [path, output] = process.argv.slice(2) as [string, string];
const driver = lmdbDriver({ path, durability: 'crash-safe' });
for (let number = 1; ; number += 1) {
  await driver.write([put('tick', String(number))], CALL);
  appendFileSync(output, `${number}\n`);
  if (number === 1) console.log('1');
}
