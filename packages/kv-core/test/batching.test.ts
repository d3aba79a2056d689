import { describe, expect, it } from 'vitest';
import type { Driver, Increment, Write } from '../src/driver.js';
import { createStore } from '../src/index.js';
import { memoryDriver } from '../src/memory.js';
import { spyDriver } from './support/spy-driver.js';

const keys = Array.from({ length: 64 }, (_, index) => `key-${index}`);

describe('calls of one tick', () => {
  it('reads 64 keys in one call', async () => {
    const driver = spyDriver();
    const store = createStore({ driver });
    await Promise.all(keys.map((key) => store.get(key)));
    expect(driver.calls.map(({ method }) => method)).toEqual(['get']);
    expect(driver.calls[0]!.args[0]).toEqual(keys);
  });

  it('reads one key once, for all who ask, each getting a value of its own', async () => {
    const driver = spyDriver();
    const store = createStore({ driver });
    await store.set('a', { n: 1 });
    const answers = await Promise.all([store.get('a'), store.get('a'), store.getMany(['a', 'a'])]);
    expect(driver.of('get').map(({ args }) => args[0])).toEqual([['a']]);
    expect(answers).toEqual([{ n: 1 }, { n: 1 }, [{ n: 1 }, { n: 1 }]]);
    expect(answers[0]).not.toBe(answers[1]);
  });

  it('asks for the time left only where somebody wants it', async () => {
    const driver = spyDriver();
    const store = createStore({ driver });
    await Promise.all([store.get('a'), store.ttl('b'), store.has('c'), store.getEntry('d')]);
    const asked = driver.of('get').map(({ args }) => args);
    expect(asked).toEqual([
      [['a', 'c'], expect.objectContaining({ ttl: false })],
      [['b', 'd'], expect.objectContaining({ ttl: true })],
    ]);
  });

  it('gives the time left to all who share a read, if one of them wants it', async () => {
    const store = createStore({ driver: spyDriver() });
    await store.set('a', 1, { ttlMs: 5_000 });
    const [value, left] = await Promise.all([store.get('a'), store.ttl('a')]);
    expect(value).toBe(1);
    expect(left).toBeLessThanOrEqual(5_000);
  });

  it('writes 64 keys in one call, whatever the verb', async () => {
    const driver = spyDriver();
    const store = createStore({ driver });
    await Promise.all([
      ...keys.map((key, index) => store.set(key, index)),
      store.delete('gone'),
      store.expire('nothing', 1_000),
      store.setMany([
        ['x', 1],
        ['y', 2],
      ]),
      store.batch([{ type: 'set', key: 'z', value: 3 }]),
    ]);
    expect(driver.calls.map(({ method }) => method)).toEqual(['write']);
    expect((driver.calls[0]!.args[0] as Write[]).length).toBe(69);
  });

  it('keeps values of views with an asynchronous hook together as well', async () => {
    const driver = spyDriver();
    const hook = { name: 'same', value: { encode: same, decode: same } };
    const store = createStore({ driver, hooks: [hook] });
    await Promise.all(keys.map((key) => store.set(key, key)));
    await Promise.all(keys.map((key) => store.get(key)));
    expect(driver.calls.map(({ method }) => method)).toEqual(['write', 'get']);
  });

  it('sends only the last of several puts, with the time to live that all of them leave', async () => {
    const driver = spyDriver();
    const store = createStore({ driver });
    const applied = await Promise.all([
      store.set('a', 1),
      store.set('a', 2, { ttlMs: 5_000 }),
      store.set('a', 3, { ttlMs: 'keep' }),
    ]);
    expect(applied).toEqual([true, true, true]);
    const [sent] = driver.of('write').flatMap(({ args }) => args[0] as Write[]);
    expect(driver.of('write')).toHaveLength(1);
    expect(sent).toMatchObject({ type: 'put', key: 'a', ttl: 5_000 });
    expect(await store.get('a')).toBe(3);
  });

  it('adds 100 in one increment, each caller getting its own running value', async () => {
    const driver = spyDriver({ has: ['increment'] });
    const store = createStore({ driver });
    await store.set('n', 7);
    driver.calls.length = 0;
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, index) => store.increment('n', (index % 3) + 1)),
    );
    let running = 7;
    for (const [index, { value, applied }] of answers.entries()) {
      running += (index % 3) + 1;
      expect({ value, applied }).toEqual({ value: running, applied: true });
    }
    expect(driver.calls.map(({ method }) => method)).toEqual(['increment']);
    expect(driver.calls[0]!.args[0] as Increment[]).toHaveLength(1);
  });

  it('adds on a compare-and-swap store in two calls, then in one', async () => {
    const driver = spyDriver();
    const store = createStore({ driver });
    const add = () =>
      Promise.all(Array.from({ length: 50 }, () => store.increment('n'))).then((answers) =>
        answers.map(({ value }) => value),
      );
    expect(await add()).toEqual(Array.from({ length: 50 }, (_, index) => index + 1));
    expect(driver.calls.map(({ method }) => method)).toEqual(['get', 'write']);
    driver.calls.length = 0;
    expect(await add()).toEqual(Array.from({ length: 50 }, (_, index) => index + 51));
    expect(driver.calls.map(({ method }) => method)).toEqual(['write']);
  });

  it('folds 50 updates of a key into one transaction or one write', async () => {
    for (const has of [['mutate'], []] as const) {
      const driver = spyDriver({ has });
      const store = createStore({ driver });
      const push = (item: number) =>
        store.update('list', (list: number[] = []) => ({
          put: [...list, item],
          result: list.length,
        }));
      const answers = await Promise.all(Array.from({ length: 50 }, (_, index) => push(index)));
      expect(answers).toEqual(Array.from({ length: 50 }, (_, index) => index));
      expect(driver.calls).toHaveLength(has.length === 1 ? 1 : 2);
    }
  });

  it('gives a driver at most 1,000 items at once', async () => {
    const driver = spyDriver();
    const store = createStore({ driver });
    const many = Array.from({ length: 100_000 }, (_, index) => `k${index}`);
    await store.setMany(many.map((key, index) => [key, index]));
    const values = await store.getMany(many);
    expect(values).toEqual(many.map((_, index) => index));
    expect(driver.calls.every(({ args }) => (args[0] as unknown[]).length <= 1_000)).toBe(true);
    expect(driver.calls).toHaveLength(200);
  });

  it('hands a pipelined driver a large batch in pieces, without waiting between them', async () => {
    const sizes = async (count: number): Promise<number[][]> => {
      const driver = spyDriver({ traits: { pipelined: true } });
      const store = createStore({ driver });
      const many = Array.from({ length: count }, (_, index) => `k${index}`);
      await store.setMany(many.map((key, index) => [key, index]));
      expect(await store.getMany(many)).toEqual(many.map((_, index) => index));
      return [driver.of('write'), driver.of('get')].map((calls) =>
        calls.map(({ args }) => (args[0] as unknown[]).length),
      );
    };
    expect(await sizes(47)).toEqual([[47], [47]]);
    expect(await sizes(64)).toEqual([
      [32, 32],
      [32, 32],
    ]);
    expect(await sizes(700)).toEqual([
      [256, 256, 188],
      [256, 256, 188],
    ]);

    let under = 0;
    let most = 0;
    const inner = memoryDriver();
    const slow: Driver = {
      contract: 1,
      traits: { ...inner.traits, synchronous: undefined, pipelined: true },
      async get(keys, call) {
        under += 1;
        most = Math.max(most, under);
        await undefined;
        under -= 1;
        return inner.get(keys, call);
      },
      write: (writes, call) => inner.write(writes, call),
      close: () => inner.close(),
    };
    await createStore({ driver: slow }).getMany(keys);
    expect(most).toBe(2);
  });

  it('hands a driver that sends conditional writes one by one those in pieces, all else whole', async () => {
    const driver = spyDriver({ traits: { pipelined: 'conditional' } });
    const store = createStore({ driver });
    const many = Array.from({ length: 64 }, (_, index) => `k${index}`);
    const applied = await Promise.all([
      ...many.map((key) => store.set(key, 1)),
      ...many.map((key) => store.set(`new ${key}`, 2, { if: 'absent' })),
    ]);
    expect(applied).toEqual(applied.map(() => true));
    await store.getMany(many);
    const sizes = (verb: 'write' | 'get') =>
      driver.of(verb).map(({ args }) => (args[0] as unknown[]).length);
    expect(sizes('write')).toEqual([32, 32, 64]);
    expect(sizes('get')).toEqual([64]);
  });

  it('asks nothing for nothing', async () => {
    const driver = spyDriver();
    const store = createStore({ driver });
    expect(await store.getMany([])).toEqual([]);
    expect(await store.setMany([])).toEqual([]);
    expect(await store.deleteMany([])).toBe(0);
    expect(await store.batch([])).toEqual([]);
    expect(await store.atomic({ writes: [] })).toBe(true);
    expect(driver.calls).toEqual([]);
  });
});

function same(value: Uint8Array): Promise<Uint8Array> {
  return Promise.resolve(value);
}
