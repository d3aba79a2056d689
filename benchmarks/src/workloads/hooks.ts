import { createStore } from '@grovekv/kv-core';
import type { Hook } from '@grovekv/kv-core/hooks';
import { memoryDriver } from '@grovekv/kv-core/memory';
import { getSetCases, type KeyValueContender } from '../lib/get-set.js';
import { storeWithoutPipeline } from '../lib/without-pipeline.js';
import type { Workload } from '../lib/workload.js';

const passThrough: Hook = { name: 'pass-through', around: (command, next) => next(command) };

const contenders: KeyValueContender[] = [
  {
    name: 'no hooks',
    role: 'raw',
    open: () => createStore({ driver: memoryDriver() }),
  },
  {
    name: 'a store without a pipeline',
    role: 'raw',
    open: () => storeWithoutPipeline(memoryDriver()),
  },
  {
    name: 'one `around` that only calls next',
    role: 'ours',
    open: () => createStore({ driver: memoryDriver(), hooks: [passThrough] }),
  },
  {
    name: 'a namespace',
    role: 'peer',
    open: () => createStore({ driver: memoryDriver() }).namespace('tenant:'),
  },
];

export const workload: Workload = {
  title: 'What a hook costs',
  about: 'The memory driver with and without a hook round every command.',
  async open() {
    const cases = getSetCases(contenders, () => [{ measure: 'µs beyond raw', atMost: 0.5 }]);
    return { cases, close: async () => {} };
  },
};
