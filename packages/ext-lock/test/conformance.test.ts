import { lockConformance } from '@grovekv/conformance';
import { describe, it } from 'vitest';
import { openDatabases } from '../../../tests/support/databases.js';
import { createLock } from '../src/index.js';

const databases = openDatabases();

for (const fair of [false, true]) {
  for (const { name, create } of databases) {
    lockConformance({
      name: fair ? `${name}, fair` : name,
      create,
      createLock: (store, lock, terms) => createLock(store, lock, { ...terms, fair }),
      describe,
      it,
    });
  }
}
