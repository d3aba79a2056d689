import { Level } from 'level';
import { testTtl } from '../../../tests/support/embedded-ttl.js';
import { newDriver, newFolder } from './support.js';

testTtl((options) => {
  const db = new Level(newFolder());
  const count = async (from: string): Promise<number> =>
    (await db.keys({ gte: `${from}!`, lt: `${from}"` }).all()).length;
  return {
    driver: newDriver({ db, ...options }),
    stored: async () => ({
      records: await count('!grovekv'),
      rows: await count('!grovekv-expiry'),
    }),
  };
});
