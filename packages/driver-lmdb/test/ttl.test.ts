import { open } from 'lmdb';
import { testTtl } from '../../../tests/support/embedded-ttl.js';
import { newDriver, newFolder } from './support.js';

testTtl((options) => {
  const path = newFolder();
  return {
    driver: newDriver({ path, ...options }),
    async stored() {
      const database = open({ path, overlappingSync: false });
      const count = (name: string): number =>
        database.openDB(name, { encoding: 'binary', keyEncoding: 'binary' }).getKeysCount();
      const counts = { records: count('grovekv'), rows: count('grovekv-expiry') };
      await database.close();
      return counts;
    },
  };
});
