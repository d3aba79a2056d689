import { describe, expect, it } from 'vitest';
import { createGate } from '../../../test/support/gate.js';
import { type SpyOptions, spyDriver } from '../../../test/support/spy-driver.js';
import { turns } from '../../../test/support/turns.js';
import { bytes } from '../codec/bytes.js';
import { KvError } from '../errors/kv-error.js';
import { createStore } from '../store/create-store.js';
import { singleFlight } from './single-flight.js';

function setup(options: SpyOptions = {}) {
  const gate = createGate();
  const driver = spyDriver({ before: () => gate.pass(), ...options });
  const store = createStore({ driver, hooks: [singleFlight()] });
  return { gate, driver, store, reads: () => driver.of('get').map(({ args }) => args[0]) };
}

describe('singleFlight', () => {
  it('shares a read with those who ask while it is on its way', async () => {
    const { gate, store, reads } = setup();
    const first = store.get('a');
    await turns(1);
    const others = [store.get('a'), store.has('a'), store.getMany(['a', 'b', 'a'])];
    await turns(1);
    expect(reads()).toEqual([['a'], ['b']]);
    gate.open();
    const missing = undefined;
    expect(await Promise.all([first, ...others])).toEqual([
      missing,
      missing,
      false,
      [missing, missing, missing],
    ]);
    await store.get('a');
    expect(reads()).toEqual([['a'], ['b'], ['a']]);
  });

  it('does not take an answer without the time left for one with it', async () => {
    const { gate, store, reads } = setup();
    const plain = store.get('a');
    const withTtl = store.ttl('a');
    gate.open();
    await Promise.all([plain, withTtl]);
    expect(reads()).toHaveLength(1);
    gate.release();
  });

  it('sees what the same store has written', async () => {
    const { gate, store } = setup();
    const before = store.get('a');
    await turns(1);
    const written = [
      store.set('a', 1),
      store.increment('n'),
      store.update('u', () => ({ put: 2, result: 0 })),
    ];
    const after = store.getMany(['a', 'n', 'u']);
    gate.open();
    await Promise.all(written);
    expect(await before).toBeUndefined();
    expect(await after).toEqual([1, 1, 2]);
  });

  it('an aborted caller leaves the others alone', async () => {
    const { gate, store } = setup();
    const controller = new AbortController();
    const aborted = store.get('a', { signal: controller.signal });
    const other = store.get('a');
    await turns(1);
    controller.abort(new Error('gone'));
    await expect(aborted).rejects.toMatchObject({ code: 'ABORTED', outcome: 'none' });
    gate.open();
    expect(await other).toBeUndefined();
    await expect(store.get('a', { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'ABORTED',
    });
  });

  it("another key's failure is not this one's", async () => {
    const { gate, store } = setup({ traits: { maxKeyBytes: 10 } });
    const many = store.getMany(['a', 'far too long a key']);
    const one = store.get('a');
    gate.open();
    await expect(many).rejects.toMatchObject({ code: 'KEY_TOO_LARGE', key: 'far too long a key' });
    expect(await one).toBeUndefined();
  });

  it('a failure is shared by those who shared the read, and by nobody later', async () => {
    let down = true;
    const { store } = setup({
      before: () => {
        if (down) throw new KvError('UNAVAILABLE', 'down');
      },
    });
    const answers = await Promise.allSettled([store.get('a'), store.get('a')]);
    const reason = { code: 'UNAVAILABLE', key: 'a' };
    expect(answers).toMatchObject([{ reason }, { reason }]);
    down = false;
    expect(await store.get('a')).toBeUndefined();
  });

  it('keeps several keys one batch, and gives every caller bytes of its own', async () => {
    const { gate, store, reads } = setup();
    gate.open();
    const view = store.with({ codec: bytes() });
    await view.set('a', Uint8Array.of(1, 2, 3));
    const [[first], second] = await Promise.all([view.getMany(['a', 'b']), view.get('a')]);
    expect(reads()).toEqual([['a', 'b']]);
    first!.fill(0);
    expect(second).toEqual(Uint8Array.of(1, 2, 3));
    expect(await view.get('a')).toEqual(Uint8Array.of(1, 2, 3));
  });
});
