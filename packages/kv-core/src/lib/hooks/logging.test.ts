import { describe, expect, it, vi } from 'vitest';
import { spyDriver } from '../../../test/support/spy-driver.js';
import { memoryDriver } from '../../memory.js';
import { KvError } from '../errors/kv-error.js';
import { createStore } from '../store/create-store.js';
import { type LogRecord, logging } from './logging.js';

const SECRET = 'hunter2-plaintext';

function setup(options: Partial<Parameters<typeof logging>[0]> = {}, driver = memoryDriver()) {
  const records: LogRecord[] = [];
  const hook = logging({ log: (record) => void records.push(record), ...options });
  return { records, store: createStore({ driver, hooks: [hook] }) };
}

describe('logging', () => {
  it('reports every verb once, with its keys, and never a value', async () => {
    const { records, store } = setup();
    await store.set('a', SECRET);
    await store.setMany([
      ['b', SECRET],
      ['c', SECRET],
    ]);
    await store.get('a');
    await store.getMany(['a', 'b']);
    await store.update('a', () => ({ put: SECRET, result: SECRET }));
    await store.increment('n');
    await store.atomic({
      checks: [{ key: 'a', if: 'present' }],
      writes: [{ type: 'set', key: 'd', value: SECRET }],
    });
    for await (const _ of store.keys({ prefix: 'a' }));
    expect(records.map(({ verb, keys, keyCount, level }) => [verb, keys, keyCount, level])).toEqual(
      [
        ['write', ['a'], 1, 'debug'],
        ['write', ['b', 'c'], 2, 'debug'],
        ['get', ['a'], 1, 'debug'],
        ['get', ['a', 'b'], 2, 'debug'],
        ['mutate', ['a'], 1, 'debug'],
        ['increment', ['n'], 1, 'debug'],
        ['commit', ['a', 'd'], 2, 'debug'],
        ['scan', ['a'], 1, 'debug'],
      ],
    );
    expect(JSON.stringify(records)).not.toContain(SECRET);
    for (const { durationMs } of records) expect(durationMs).toBeGreaterThanOrEqual(0);
  });

  it('reports failures with code and outcome, and passes them on', async () => {
    const lost = new KvError('UNAVAILABLE', SECRET, { outcome: 'unknown' });
    const fails = vi.fn((): never => {
      throw lost;
    });
    const { records, store } = setup({}, spyDriver({ before: fails }));
    await expect(store.set('a', 1)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect(records).toMatchObject([{ level: 'error', code: 'UNAVAILABLE', outcome: 'unknown' }]);
    expect(JSON.stringify(records)).not.toContain(SECRET);
    fails.mockImplementation((): never => {
      throw undefined;
    });
    await expect(store.get('a')).rejects.toMatchObject({ code: 'INVALID_DRIVER' });
    expect(records[1]).toMatchObject({ level: 'error', code: 'INVALID_DRIVER' });
  });

  it('shows at most ten keys, rewritten or not at all', async () => {
    const many = Array.from({ length: 25 }, (_, index) => `key-${index}`);
    const shown = setup();
    await shown.store.getMany(many);
    expect(shown.records).toMatchObject([{ keys: many.slice(0, 10), keyCount: 25 }]);
    const hidden = setup({ keys: false });
    await hidden.store.get('secret');
    expect(hidden.records).toMatchObject([{ keyCount: 1 }]);
    expect(JSON.stringify(hidden.records)).not.toContain('secret');
    const rewritten = setup({ keys: (key) => `${key.length} letters` });
    await rewritten.store.get('secret');
    expect(rewritten.records).toMatchObject([{ keys: ['6 letters'] }]);
  });

  it('warns of what is slow', async () => {
    const { records, store } = setup({ slowMs: 0 });
    await store.get('a');
    expect(records).toMatchObject([{ level: 'warn' }]);
  });

  it('breaks nothing when it is broken itself', async () => {
    const boom = (): never => {
      throw new Error('disk full');
    };
    for (const broken of [{ log: boom }, { log: async () => boom() }, { keys: boom }]) {
      const { store } = setup(broken);
      expect(await store.set('a', 1)).toBe(true);
      expect(await store.get('a')).toBe(1);
      await expect(store.increment('b', 1, { max: 0 })).resolves.toMatchObject({ applied: false });
      await store.set('text', 'x');
      await expect(store.increment('text')).rejects.toMatchObject({ code: 'NOT_AN_INTEGER' });
    }
  });
});
