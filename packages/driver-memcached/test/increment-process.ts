import { countAndPrint } from '../../../tests/support/count-process.js';
import { memcachedDriver } from '../src/index.js';

const [address, ...rest] = process.argv.slice(2) as [string, ...string[]];
await countAndPrint(memcachedDriver({ servers: address }), rest);
