import { describe, expect, it } from 'vitest';
import type { Driver } from '../src/driver.js';
import { createStore, type Hook } from '../src/index.js';
import { memoryDriver } from '../src/memory.js';
import { portable } from '../src/testing.js';
import { contentDriver } from './support/content-driver.js';
import { xorHook } from './support/xor-hook.js';

describe('an update of what was seen', () => {
  const grow = (current: unknown = '') => ({ put: `${String(current)}+`, result: current });

  it('is one write and no read, where a value tells its version', async () => {
    const driver = contentDriver();
    const store = createStore({ driver }).namespace('ns');
    await store.set('a', 'x');
    const seen = await store.get('a');
    driver.calls.length = 0;
    expect(await store.update('a', grow, { seen })).toBe('x');
    expect(driver.calls).toEqual(['write']);
    expect(await store.get('a')).toBe('x+');
  });

  it('finds what is there now, if that is something else or nothing', async () => {
    const driver = contentDriver();
    const [here, there] = [createStore({ driver }), createStore({ driver })];
    await here.set('a', 'x');
    await there.set('a', 'y');
    expect(await here.update('a', grow, { seen: 'x' })).toBe('y');
    await there.delete('a');
    expect(await here.update('a', grow, { seen: 'y+' })).toBe('');
    expect(await there.get('a')).toBe('+');
  });

  it('counts for more than what this process last wrote: others may have been faster', async () => {
    const driver = contentDriver();
    const [here, there] = [createStore({ driver }), createStore({ driver })];
    await here.update('a', grow);
    await there.set('a', 'theirs');
    const seen = await here.get('a');
    driver.calls.length = 0;
    expect(await here.update('a', grow, { seen })).toBe('theirs');
    expect(driver.calls).toEqual(['write']);
  });

  it('tells nobody what was only guessed: neither what is kept nor what is thrown', async () => {
    const driver = contentDriver();
    const [here, there] = [createStore({ driver }), createStore({ driver })];
    await here.set('a', 'x');
    await there.set('a', 'y');
    const keep = (current: unknown) => ({ keep: true as const, result: current });
    expect(await here.update('a', keep, { seen: 'x' })).toBe('y');
    const careful = (current: unknown) => {
      if (current === 'x') throw new Error('x');
      return keep(current);
    };
    expect(await here.update('a', careful, { seen: 'x' })).toBe('y');
  });

  it('is folded with others, on what any of them has seen', async () => {
    const driver = contentDriver();
    const store = createStore({ driver });
    await store.set('a', 'x');
    driver.calls.length = 0;
    const calls = [undefined, 'x', 'other'].map((seen) => store.update('a', grow, { seen }));
    expect(await Promise.all(calls)).toEqual(['x', 'x+', 'x++']);
    expect(driver.calls).toEqual(['write']);
  });

  it('is read as ever on other drivers, behind hooks, and with its time to live', async () => {
    for (const [driver, hooks, withTtl] of [
      [portable(memoryDriver()), [], false],
      [contentDriver(), [xorHook()], false],
      [contentDriver(), [{ name: 'around', around: (command, next) => next(command) }], false],
      [contentDriver(), [], true],
    ] as [Driver, Hook[], boolean][]) {
      const store = createStore({ driver, hooks });
      await store.set('a', 'x');
      expect(await store.update('a', grow, { seen: 'x', withTtl })).toBe('x');
      expect(await store.update('a', grow, { seen: 'x', withTtl })).toBe('x+');
      expect(await store.get('a')).toBe('x++');
    }
  });
});
