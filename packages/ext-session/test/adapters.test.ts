import { createStore, type Store } from '@grovekv/kv-core';
import { memoryDriver } from '@grovekv/kv-core/memory';
import { portable } from '@grovekv/kv-core/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Build, expressSite, fastifySite, Gate, honoSite, type Site } from './sites.js';

const frameworks: readonly (readonly [name: string, build: Build, merges: boolean])[] = [
  ['express-session', expressSite, true],
  ['@fastify/session', fastifySite, true],
  // It does not say what it had loaded.
  ['hono-sessions', honoSite, false],
];

describe.each(frameworks)('%s', (_, build, merges) => {
  let store: Store;
  let gate: Gate;
  let site: Site;

  beforeEach(async () => {
    store = createStore({ driver: portable(memoryDriver()) });
    gate = new Gate();
    site = await build(store, gate);
  });
  afterEach(async () => {
    gate.open();
    await site?.close();
    await store.close();
  });

  /** A browser: it keeps the cookie that it was given last. */
  function browser(cookie = '') {
    const self = {
      cookie,
      async visit(path: string): Promise<string> {
        const response = await fetch(site.url + path, { headers: { cookie: self.cookie } });
        for (const set of response.headers.getSetCookie()) self.cookie = set.split(';')[0]!;
        const text = await response.text();
        expect(response.status, text).toBe(200);
        return text;
      },
      show: async (): Promise<object> => JSON.parse(await self.visit('/show')) as object,
    };
    return self;
  }

  async function storedKeys(): Promise<string[]> {
    const keys: string[] = [];
    for await (const key of store.keys()) keys.push(key);
    return keys;
  }

  it('keeps fields from request to request', async () => {
    const ada = browser();
    await ada.visit('/set/theme/dark');
    await ada.visit('/set/cart/tea');
    expect(await ada.show()).toEqual({ theme: 'dark', cart: 'tea' });
    expect(await browser().show()).toEqual({});
  });

  it('a log-in gives a new id, and the old one opens nothing', async () => {
    const ada = browser();
    await ada.visit('/set/theme/dark');
    const old = ada.cookie;
    await ada.visit('/log-in/ada');
    expect(ada.cookie).not.toBe(old);
    expect(await ada.show()).toMatchObject({ user: 'ada' });
    expect(await browser(old).show()).toEqual({});
  });

  it('a session that was ended stays ended, though a request with it is under way', async () => {
    const ada = browser();
    await ada.visit('/log-in/ada');
    const { cookie } = ada;
    const slow = browser(cookie);
    const held = slow.visit('/hold/theme/dark');
    await gate.holds(1);
    await browser(cookie).visit('/log-out');
    gate.open();
    await held;
    expect(await browser(cookie).show()).toEqual({});
    expect(await browser(cookie).show()).toEqual({});
  });

  it('an id that the client brings is not adopted, nor one that was ended', async () => {
    const ada = browser();
    await ada.visit('/set/theme/dark');
    const old = ada.cookie;
    await browser(old).visit('/log-out');
    const again = browser(old);
    await again.visit('/set/theme/light');
    expect(again.cookie).not.toBe(old);
    expect(await browser(old).show()).toEqual({});
    const own = browser('sid=11111111-2222-3333-4444-555555555555');
    await own.visit('/set/theme/light');
    expect(own.cookie).not.toContain('11111111-2222');
  });

  it('whoever reads the store learns no id', async () => {
    const ada = browser();
    await ada.visit('/set/theme/dark');
    await ada.visit('/set/cart/tea');
    const [, value = ''] = ada.cookie.split('=');
    // Before the dot, and after "s:", is the id; the rest is the signature.
    const id = decodeURIComponent(value).replace(/^s:/, '').split('.')[0]!;
    expect(id.length).toBeGreaterThan(20);
    const keys = await storedKeys();
    expect(keys).toHaveLength(1);
    for (const key of keys) {
      expect(key).not.toContain(id);
      expect(JSON.stringify(await store.get(key))).not.toContain(id);
    }
  });

  it.runIf(merges)('parallel requests keep the fields of each other', async () => {
    const ada = browser();
    await ada.visit('/set/start/yes');
    const names = ['one', 'two', 'three', 'four'];
    const held = names.map((name) => browser(ada.cookie).visit(`/hold/${name}/${name}`));
    await gate.holds(names.length);
    gate.open();
    await Promise.all(held);
    const fields = Object.fromEntries(names.map((name) => [name, name]));
    expect(await ada.show()).toEqual({ start: 'yes', ...fields });
  });
});
