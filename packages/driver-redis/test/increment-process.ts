import { countAndPrint } from '../../../tests/support/count-process.js';
import { redisDriver } from '../src/index.js';

const [address, ...rest] = process.argv.slice(2) as [string, ...string[]];
await countAndPrint(redisDriver({ url: address }), rest);
