import { countAndPrint } from '../../../tests/support/count-process.js';
import { dynamodbDriver } from '../src/index.js';
import { at } from './support.js';

const [address, ...rest] = process.argv.slice(2) as [string, ...string[]];
await countAndPrint(dynamodbDriver(at(address)), rest);
