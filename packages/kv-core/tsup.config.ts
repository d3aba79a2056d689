import { defineConfig } from 'tsup';
import { build } from '../../tsup.base.ts';

export default defineConfig(
  build([
    'index',
    'driver',
    'hooks',
    'codecs',
    'msgpack',
    'memory',
    'cache',
    'metrics',
    'testing',
    'sorted-set',
  ]),
);
