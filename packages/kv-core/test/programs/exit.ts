// Run by process-exit.test.ts: does one thing and ends by itself, or not.
import { createStore } from '../../src/index.js';
import { spyDriver } from '../support/spy-driver.js';

const [, , scenario] = process.argv;
const never = (): Promise<never> => new Promise(() => undefined);

if (scenario === 'answered') {
  const store = createStore({ driver: spyDriver(), timeoutMs: 60_000 });
  await store.set('a', 1);
  console.log('read', await store.get('a'));
} else {
  const store = createStore({ driver: spyDriver({ before: never }), timeoutMs: 700 });
  // Nothing but the deadline keeps this process going.
  store.get('a').catch((error) => console.log('failed', error.code));
}
