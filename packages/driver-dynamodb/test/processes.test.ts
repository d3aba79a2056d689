import { test } from 'vitest';
import { expectExactCount } from '../../../tests/support/expect-exact-count.js';
import { dynamodbDriver } from '../src/index.js';
import { shared } from './support.js';

const script = new URL('./increment-process.ts', import.meta.url);
const { endpoint: address } = shared();

/** In which way each of the processes counts. */
const runs = {
  native: ['native', 'native', 'native', 'native'],
  portable: ['portable', 'portable', 'portable', 'portable'],
  'in a namespace': ['namespace', 'namespace', 'namespace', 'namespace'],
  'native beside portable': ['native', 'portable', 'native', 'portable'],
} as const;

for (const [name, ways] of Object.entries(runs)) {
  test(`4 processes × 16 callers × 500 increments are exact: ${name}`, async () => {
    const driver = dynamodbDriver(shared());
    await expectExactCount({ script, address, ways, callers: 16, each: 500, driver });
  }, 120_000);
}
