import { describe, expect, it } from 'vitest';
import type { Write } from '../src/driver.js';
import { createStore, KvError } from '../src/index.js';
import { createGate } from './support/gate.js';
import { spyDriver } from './support/spy-driver.js';
import { turns } from './support/turns.js';
import { xorHook } from './support/xor-hook.js';

const code = (call: Promise<unknown>) =>
  call.then(
    (value) => value,
    (error: KvError) => `${error.code} ${error.outcome} ${error.key}`,
  );

describe('puts of one key that travel as one', () => {
  it('one that is too large fails alone, wherever it stands', async () => {
    for (const hooks of [[], [xorHook()]]) {
      const driver = spyDriver({ traits: { maxValueBytes: 30 } });
      const store = createStore({ driver, hooks });
      const big = 'x'.repeat(40);
      const answers = await Promise.all([
        code(store.set('a', big)),
        code(store.set('a', 'first')),
        code(store.set('a', big)),
        code(store.set('a', 'last')),
        code(store.set('a', big)),
      ]);
      const refused = 'VALUE_TOO_LARGE none a';
      expect(answers).toEqual([refused, true, refused, true, refused]);
      expect(await store.get('a')).toBe('last');
      expect(driver.of('write')).toHaveLength(1);
    }
  });

  it('of different hooks do not travel together', async () => {
    const driver = spyDriver();
    const store = createStore({ driver });
    const hidden = store.with({ hooks: [xorHook()] });
    await Promise.all([
      store.set('a', 1),
      hidden.set('a', 2),
      store.set('a', 3),
      hidden.set('a', 4),
    ]);
    expect(await hidden.get('a')).toBe(4);
    expect(driver.of('write')).toHaveLength(4);
  });

  it('an aborted one that had not been sent is not sent', async () => {
    const gate = createGate();
    const driver = spyDriver();
    const store = createStore({ driver, hooks: [xorHook(1, () => gate.pass())] });
    const controller = new AbortController();
    const aborted = code(store.set('a', 'aborted', { signal: controller.signal }));
    await turns(1);
    controller.abort();
    expect(await aborted).toBe('ABORTED unknown a');
    gate.open();
    await turns(2);
    expect(driver.of('write')).toHaveLength(0);
    expect(await store.set('a', 'next')).toBe(true);
  });
});

describe('a batch with a bad item', () => {
  it('is refused before anything is written if that can be seen', async () => {
    const driver = spyDriver({ traits: { maxValueBytes: 30, maxKeyBytes: 20 } });
    const store = createStore({ driver });
    const bad: [string, unknown][] = [
      ['a', 'x'.repeat(40)],
      ['k'.repeat(21), 1],
      ['', 1],
      ['a', undefined],
      ['a', Number.NaN],
    ];
    for (const [key, value] of bad) {
      await expect(
        store.setMany([
          ['good', 1],
          [key, value],
        ]),
      ).rejects.toBeInstanceOf(KvError);
      const type = 'set';
      const writes = [{ type, key: 'good', value: 1 } as const, { type, key, value } as const];
      await expect(store.batch(writes)).rejects.toBeInstanceOf(KvError);
      await expect(store.atomic({ writes })).rejects.toBeInstanceOf(KvError);
    }
    await expect(store.deleteMany(['good', ''])).rejects.toBeInstanceOf(KvError);
    await expect(store.getMany(['good', ''])).rejects.toBeInstanceOf(KvError);
    expect(driver.calls).toEqual([]);
  });

  it('says that others may have been written if it fails at the driver', async () => {
    const inner = spyDriver();
    const broken = new Set(['b']);
    const driver = {
      ...inner,
      async write(writes: readonly Write[], call: { timeoutMs: number }) {
        const results = await inner.write(writes, call);
        const failure = new KvError('UNAVAILABLE', 'no', { outcome: 'none' });
        return results.map((result, index) => (broken.has(writes[index]!.key) ? failure : result));
      },
    };
    const store = createStore({ driver });
    const pairs = ['a', 'b', 'c'].map((key) => [key, 1] as const);
    expect(await code(store.setMany(pairs))).toBe('UNAVAILABLE unknown b');
    expect(await code(store.set('b', 1))).toBe('UNAVAILABLE none b');
    for (const key of ['a', 'c']) broken.add(key);
    expect(await code(store.setMany(pairs))).toBe('UNAVAILABLE none a');
  });
});
