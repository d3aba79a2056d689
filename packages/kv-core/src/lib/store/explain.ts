import type { Dispatcher } from '../dispatch/dispatcher.js';
import type { Transform } from '../dispatch/task.js';
import type { Command, Hook } from '../hooks/hook.js';
import type { Explanation } from './store.js';

/** Says how a verb runs on this driver under these hooks. */
export function explain(
  verb: Command['verb'],
  dispatcher: Dispatcher,
  transform: Transform | undefined,
  hooks: readonly Hook[],
): Explanation {
  const { driver } = dispatcher;
  const { name } = driver.traits;
  const because = (via: Explanation['via'], reason: string): Explanation => ({ verb, via, reason });
  const hookNames = hooks.flatMap((hook) => (hook.value ? [hook.name] : [])).join(', ');

  switch (verb) {
    case 'get':
    case 'write':
      return because('native', `calls of one tick go to ${name} as one batch`);
    case 'scan':
      return driver.scan
        ? because('native', `${name} lists keys ${driver.traits.scan}`)
        : because('unsupported', `${name} cannot list keys`);
    case 'commit':
      return driver.commit
        ? because('native', `${name} commits several keys at once`)
        : because('unsupported', `${name} cannot change several keys at once`);
    case 'sortedChange':
    case 'sortedQuery':
      if (dispatcher.sortsNatively(transform)) {
        return because('native', `${name} keeps sorted sets by itself, in one round trip`);
      }
      return because(
        'portable',
        driver.sortedSet
          ? `the driver sees transformed bytes (${hookNames}): a tree of records`
          : `${name} has no sorted set: a tree of records`,
      );
    case 'increment':
    case 'mutate': {
      const route =
        verb === 'increment'
          ? dispatcher.incrementRoute(transform)
          : dispatcher.mutateRoute(transform);
      if (route === 'native') return because('native', `${name} adds by itself, in one round trip`);
      if (route === 'local') {
        return because('local', `${name} runs the function inside its own transaction`);
      }
      const able = driver.mutate !== undefined || (verb === 'increment' && driver.increment);
      return because(
        'portable',
        able && transform
          ? `the driver sees transformed bytes (${hookNames}): read and compare-and-swap`
          : `${name} has no such operation: read and compare-and-swap`,
      );
    }
  }
}
