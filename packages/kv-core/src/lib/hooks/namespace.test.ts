import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { memoryDriver } from '../../memory.js';
import { createStore } from '../store/create-store.js';
import type { Store } from '../store/store.js';
import { namespace } from './namespace.js';

/** Names and keys in which the separator and its escapes are frequent. */
const part = fc
  .array(fc.constantFrom(':', '%', '%3A', '%25', 'a', 'b', '3A', '::', ' ', '\0', 'é', '😀'), {
    minLength: 1,
    maxLength: 5,
  })
  .map((pieces) => pieces.join(''));

/** Two names that are as near to each other as an escape and what it stands for. */
const names = fc.oneof(
  fc.tuple(part, part),
  part.map((name) => [name, name.replaceAll(':', '%3A')] as [string, string]),
  part.map((name) => [name, name.replaceAll('%', '%25')] as [string, string]),
  fc.tuple(part, part).map(([name, more]) => [name, `${name}:${more}`] as [string, string]),
);

async function listOf(store: Store): Promise<string[]> {
  const keys: string[] = [];
  for await (const key of store.keys()) keys.push(key);
  return keys;
}

describe('namespace', () => {
  it('never makes one key of two', () => {
    fc.assert(
      fc.property(names, part, part, ([name, otherName], key, otherKey) => {
        const [to, otherTo] = [namespace(name).key!.to, namespace(otherName).key!.to];
        const same = name === otherName && key === otherKey;
        expect(to(key) === otherTo(otherKey)).toBe(same);
        expect(namespace(name).key!.from(to(key))).toBe(key);
      }),
      { numRuns: 2_000 },
    );
  });

  it('no path of namespaces leads to where another of the same length leads', () => {
    fc.assert(
      fc.property(names, names, part, part, ([a, b], [c, d], key, otherKey) => {
        const place = ([outer, inner]: [string, string], at: string): string =>
          namespace(outer).key!.to(namespace(inner).key!.to(at));
        const same = a === b && c === d && key === otherKey;
        expect(place([a, c], key) === place([b, d], otherKey)).toBe(same);
      }),
      { numRuns: 2_000 },
    );
  });

  it('siblings never see each other: not by key, not in a listing, not by prefix', async () => {
    await fc.assert(
      fc.asyncProperty(names, part, async ([name, otherName], key) => {
        fc.pre(name !== otherName);
        const store = createStore({ driver: memoryDriver() });
        const [mine, other] = [store.namespace(name), store.namespace(otherName)];
        await mine.set(key, 'mine');
        await mine.increment(`${otherName}:${key}`);
        expect(await listOf(other)).toEqual([]);
        for (const reach of [key, `${name}:${key}`, `:${key}`, `%3A${key}`]) {
          expect(await other.has(reach)).toBe(false);
          expect(await other.delete(reach)).toBe(false);
        }
        expect(new Set(await listOf(mine))).toEqual(new Set([key, `${otherName}:${key}`]));
        expect(await mine.get(key)).toBe('mine');
      }),
    );
  });

  it('lists by a literal prefix, in order, page by page', async () => {
    const store = createStore({ driver: memoryDriver() });
    const view = store.namespace('a:b');
    for (const key of ['x1', 'x2', 'x%', 'y', 'x:']) await view.set(key, 1);
    await store.namespace('a').set('b:x9', 1);
    await store.set('a:b:x8', 1);
    const keys: string[] = [];
    for await (const key of view.keys({ prefix: 'x', pageSize: 1 })) keys.push(key);
    expect(keys).toEqual(['x%', 'x1', 'x2', 'x:']);
  });

  it('errors name the key as the caller knows it', async () => {
    const store = createStore({ driver: memoryDriver({ maxKeyBytes: 12, maxValueBytes: 8 }) });
    const view = store.namespace('n').namespace('m');
    const code = 'VALUE_TOO_LARGE';
    await expect(view.set('k', 'x'.repeat(10))).rejects.toMatchObject({ code, key: 'k' });
    await expect(view.get('far too long')).rejects.toMatchObject({
      code: 'KEY_TOO_LARGE',
      key: 'far too long',
    });
    await store.namespace('n').namespace('m').set('t', 'x');
    await expect(view.increment('t')).rejects.toMatchObject({ code: 'NOT_AN_INTEGER', key: 't' });
    await store.raw.set('n:m:c', Uint8Array.of(0xff));
    await expect(view.get('c')).rejects.toMatchObject({ code: 'CORRUPT_VALUE', key: 'c' });
    await expect(view.update('c', () => ({ keep: true, result: 0 }))).rejects.toMatchObject({
      code: 'CORRUPT_VALUE',
      key: 'c',
    });
    const put = () => ({ put: 'x'.repeat(10), result: 0 });
    await expect(view.update('k', put)).rejects.toMatchObject({ code, key: 'k' });
    await expect(view.update('far too long', put)).rejects.toMatchObject({
      code: 'KEY_TOO_LARGE',
      key: 'far too long',
    });
    await store.close();
    await expect(view.update('k', put)).rejects.toMatchObject({ code: 'CLOSED', key: 'k' });
  });

  it('counts with the key against the limit of the driver', async () => {
    const view = createStore({ driver: memoryDriver({ maxKeyBytes: 10 }) }).namespace('1234');
    expect(await view.set('56789', 1)).toBe(true);
    await expect(view.set('567890', 1)).rejects.toMatchObject({ code: 'KEY_TOO_LARGE' });
    expect(await view.set('56é8', 1)).toBe(true);
    await expect(view.set('56é89', 1)).rejects.toMatchObject({ code: 'KEY_TOO_LARGE' });
  });

  it('refuses what is no name', () => {
    for (const bad of ['', '\ud800', 5, null, undefined, ['a']]) {
      expect(() => namespace(bad as string)).toThrow('a namespace is a non-empty');
    }
  });
});
