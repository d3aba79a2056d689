import { describe, expect, it } from 'vitest';
import { createGate } from '../../../test/support/gate.js';
import { spyDriver } from '../../../test/support/spy-driver.js';
import { turns } from '../../../test/support/turns.js';
import { KvError } from '../errors/kv-error.js';
import { createStore } from '../store/create-store.js';
import { type CircuitBreakerOptions, circuitBreaker } from './circuit-breaker.js';

function setup(options: CircuitBreakerOptions = {}) {
  const server = {
    error: undefined as KvError | undefined,
    wait: undefined as (() => Promise<void>) | undefined,
  };
  let now = 0;
  const changes: string[] = [];
  const driver = spyDriver({
    before: async () => {
      const { error } = server;
      await server.wait?.();
      if (error) throw error;
    },
  });
  const hook = circuitBreaker({
    failures: 3,
    openMs: 1_000,
    monotonic: () => now,
    onChange: (state) => void changes.push(state),
    ...options,
  });
  const store = createStore({ driver, hooks: [hook] });
  const code = (key = 'a', signal?: AbortSignal) =>
    store.get(key, signal && { signal }).then(
      () => 'ok',
      (error: KvError) => error.code,
    );
  return { server, changes, driver, store, code, pass: (ms: number) => (now += ms) };
}

const down = new KvError('UNAVAILABLE', 'down');

describe('circuitBreaker', () => {
  it('opens after failures in a row, and then asks nobody', async () => {
    const { server, changes, driver, store, code } = setup();
    server.error = down;
    await code();
    await code();
    server.error = undefined;
    await code();
    server.error = down;
    for (let round = 0; round < 3; round += 1) await code();
    expect(changes).toEqual(['open']);
    const asked = driver.calls.length;
    await expect(store.set('a', 1)).rejects.toMatchObject({ code: 'UNAVAILABLE', outcome: 'none' });
    expect(driver.calls.length).toBe(asked);
  });

  it('lets one try after a while, and follows what it finds', async () => {
    const { server, changes, driver, code, pass } = setup();
    server.error = down;
    for (let round = 0; round < 3; round += 1) await code();
    pass(999);
    await code();
    expect(driver.calls).toHaveLength(3);
    pass(1);
    const gate = createGate();
    server.wait = gate.pass;
    const probe = code('probe');
    expect(await code()).toBe('UNAVAILABLE');
    await turns(1);
    gate.open();
    expect(await probe).toBe('UNAVAILABLE');
    expect(driver.calls).toHaveLength(4);
    expect(changes).toEqual(['open', 'half-open', 'open']);
    pass(1_000);
    server.error = undefined;
    expect(await code()).toBe('ok');
    expect(await code()).toBe('ok');
    expect(changes.slice(3)).toEqual(['half-open', 'closed']);
  });

  it('counts only what tells of the server', async () => {
    const { server, changes, store, code, pass } = setup();
    for (const other of ['WRONG_TYPE', 'CONTENTION', 'CORRUPT_VALUE'] as const) {
      server.error = new KvError(other, 'no');
      for (let round = 0; round < 5; round += 1) await code();
    }
    server.error = undefined;
    for (let round = 0; round < 5; round += 1) await code('a', AbortSignal.abort());
    for (let round = 0; round < 5; round += 1) await store.set('a', 1, { if: 'present' });
    expect(changes).toEqual([]);
    server.error = down;
    for (let round = 0; round < 3; round += 1) await code();
    pass(1_000);
    server.error = new KvError('WRONG_TYPE', 'it answers');
    expect(await code()).toBe('WRONG_TYPE');
    expect(changes).toEqual(['open', 'half-open', 'closed']);
  });

  it('an aborted try leaves it open for the next one', async () => {
    const { server, changes, code, pass } = setup();
    server.error = down;
    for (let round = 0; round < 3; round += 1) await code();
    pass(1_000);
    expect(await code('a', AbortSignal.abort())).toBe('ABORTED');
    server.error = undefined;
    expect(await code()).toBe('ok');
    expect(changes).toEqual(['open', 'half-open', 'open', 'half-open', 'closed']);
  });

  it('bad input, which asks no server, leaves it open for the next one', async () => {
    const { server, changes, driver, store, code, pass } = setup();
    server.error = down;
    for (let round = 0; round < 3; round += 1) await code();
    pass(1_000);
    const asked = driver.calls.length;
    const long = 'x'.repeat(driver.traits.maxKeyBytes + 1);
    await expect(store.get(long)).rejects.toMatchObject({ code: 'KEY_TOO_LARGE' });
    expect(driver.calls.length).toBe(asked);
    expect(changes).toEqual(['open', 'half-open', 'open']);
    expect(await code()).toBe('UNAVAILABLE');
    expect(driver.calls.length).toBe(asked + 1);
    expect(await code()).toBe('UNAVAILABLE');
    expect(driver.calls.length).toBe(asked + 1);
  });

  it('an answer between failures begins the count anew, a conflict too', async () => {
    const { server, changes, code } = setup();
    for (let round = 0; round < 4; round += 1) {
      server.error = down;
      await code();
      await code();
      server.error = new KvError('WRONG_TYPE', 'it answers');
      await code();
    }
    expect(changes).toEqual([]);
  });

  it('a watcher that throws decides nothing', async () => {
    const { server, code, pass } = setup({
      onChange: () => {
        throw new Error('watcher');
      },
    });
    server.error = down;
    for (let round = 0; round < 3; round += 1) expect(await code()).toBe('UNAVAILABLE');
    pass(1_000);
    server.error = undefined;
    expect(await code()).toBe('ok');
  });

  it('refuses options that cannot be right', () => {
    for (const bad of [{ failures: 0 }, { failures: 1.5 }, { openMs: 0 }, { openMs: Number.NaN }]) {
      expect(() => circuitBreaker(bad)).toThrow('circuitBreaker takes');
    }
  });
});
