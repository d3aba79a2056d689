import { describe, expect, it } from 'vitest';
import { memoryDriver } from '../../memory.js';
import { createStore } from '../store/create-store.js';
import { readOnly } from './read-only.js';

describe('readOnly', () => {
  it('lets reads pass and refuses every write, naming the key', async () => {
    const driver = memoryDriver();
    await createStore({ driver }).set('n:a', 1);
    const store = createStore({ driver, hooks: [readOnly()] }).namespace('n');
    expect(await store.get('a')).toBe(1);
    expect(await store.getMany(['a'])).toEqual([1]);
    expect((await store.keys().next()).value).toBe('a');
    const writes = [
      store.set('a', 2),
      store.setMany([['a', 2]]),
      store.delete('a'),
      store.deleteMany(['a']),
      store.expire('a', 5),
      store.persist('a'),
      store.increment('a'),
      store.update('a', () => ({ keep: true, result: 0 })),
      store.batch([{ type: 'delete', key: 'a' }]),
      store.atomic({ writes: [{ type: 'delete', key: 'a' }] }),
    ];
    for (const write of writes) {
      await expect(write).rejects.toMatchObject({ code: 'READ_ONLY', outcome: 'none', key: 'a' });
    }
    expect(await store.get('a')).toBe(1);
  });
});
