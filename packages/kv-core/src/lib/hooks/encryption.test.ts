import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createStore, isKvError } from '../../index.js';
import { memoryDriver } from '../../memory.js';
import { compression } from './compression.js';
import { type EncryptionKey, encryption } from './encryption.js';
import { namespace } from './namespace.js';

const secret = (id: string): EncryptionKey => ({
  id,
  key: crypto.getRandomValues(new Uint8Array(32)),
});
const old = secret('2025');
const current = secret('2026');

const face = (keys: readonly EncryptionKey[]) => {
  const { value } = encryption({ keys });
  if (!value) throw new Error('encryption has a value face');
  return value;
};

const failure = async (work: () => unknown): Promise<unknown> => {
  try {
    await work();
  } catch (error) {
    return error;
  }
  return undefined;
};

describe('encryption', () => {
  it('gives back what it was given, and never the same ciphertext twice', async () => {
    const { encode, decode } = face([current]);
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 500 }), fc.string(), async (value, key) => {
        const first = await encode(value, key);
        const second = await encode(value, key);
        expect(await decode(first, key)).toEqual(value);
        expect(first).not.toEqual(second);
      }),
    );
  });

  it('refuses every flipped bit, every truncation and every extension', async () => {
    const { encode, decode } = face([current]);
    const stored = await encode(new TextEncoder().encode('attack at dawn'), 'k');
    for (let bit = 0; bit < stored.byteLength * 8; bit += 1) {
      const altered = stored.slice();
      altered[bit >> 3] = (altered[bit >> 3] as number) ^ (1 << (bit & 7));
      expect(isKvError(await failure(() => decode(altered, 'k')), 'DECRYPT_FAILED')).toBe(true);
    }
    for (let length = 0; length < stored.byteLength; length += 1) {
      const error = await failure(() => decode(stored.slice(0, length), 'k'));
      expect(isKvError(error, 'DECRYPT_FAILED')).toBe(true);
    }
    const extended = new Uint8Array([...stored, 0]);
    expect(isKvError(await failure(() => decode(extended, 'k')), 'DECRYPT_FAILED')).toBe(true);
  });

  it('refuses a ciphertext that was moved to another key or namespace', async () => {
    const driver = memoryDriver();
    const plain = createStore({ driver });
    const tenant = (name: string) =>
      plain.with({ hooks: [namespace(name), encryption({ keys: [current] })] });
    await tenant('a').set('balance', 100);
    const stolen = (await plain.raw.get('a:balance')) as Uint8Array;

    await plain.raw.set('a:debt', stolen);
    await plain.raw.set('b:balance', stolen);

    await expect(tenant('a').get('debt')).rejects.toMatchObject({
      code: 'DECRYPT_FAILED',
      key: 'debt',
    });
    await expect(tenant('b').get('balance')).rejects.toMatchObject({ code: 'DECRYPT_FAILED' });
    expect(await tenant('a').get('balance')).toBe(100);
  });

  it('reads what older keys wrote, writes with the first, and refuses unknown keys', async () => {
    const before = face([old]);
    const rotated = face([current, old]);
    const after = face([current]);
    const value = new Uint8Array([1, 2, 3]);

    const written = await before.encode(value, 'k');
    expect(await rotated.decode(written, 'k')).toEqual(value);
    const rewritten = await rotated.encode(value, 'k');
    expect(await after.decode(rewritten, 'k')).toEqual(value);
    await expect(after.decode(written, 'k')).rejects.toMatchObject({ code: 'DECRYPT_FAILED' });
    const wrong = face([{ id: current.id, key: old.key }]);
    await expect(wrong.decode(rewritten, 'k')).rejects.toMatchObject({ code: 'DECRYPT_FAILED' });
  });

  it('turns native and local operations off, and explain says why', () => {
    const store = createStore({ driver: memoryDriver(), hooks: [encryption({ keys: [current] })] });
    expect(store.explain('mutate')).toMatchObject({
      via: 'portable',
      reason: expect.stringContaining('encryption'),
    });
  });

  it('never passes plaintext off as a value', async () => {
    const driver = memoryDriver();
    await createStore({ driver }).set('k', 'plain');
    const store = createStore({ driver, hooks: [encryption({ keys: [current] })] });
    await expect(store.get('k')).rejects.toMatchObject({ code: 'DECRYPT_FAILED', key: 'k' });
    await expect(store.increment('k')).rejects.toMatchObject({ code: 'DECRYPT_FAILED' });
  });

  it('refuses keys that cannot be right, and compression after it', () => {
    const bad = [
      [],
      [{ id: 'short', key: new Uint8Array(16) }],
      [{ id: '', key: current.key }],
      [current, { id: current.id, key: old.key }],
      [{ id: 'x'.repeat(256), key: current.key }],
      [{ id: '\ud800', key: current.key }],
      [{ id: 7 as never, key: current.key }],
      [{ id: 'text', key: 'x'.repeat(32) as never }],
      undefined as never,
    ];
    for (const keys of bad) {
      expect(() => encryption({ keys })).toThrow(
        expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
      );
    }
    const hooks = [encryption({ keys: [current] }), compression()];
    expect(() => createStore({ driver: memoryDriver(), hooks })).toThrow(/compress first/);
    const store = createStore({ driver: memoryDriver(), hooks: [compression()] });
    expect(() => store.with({ hooks: [encryption({ keys: [current] })] })).toThrow(
      /compress first/,
    );
  });

  it('keeps the keys it was given, whatever the caller does to its arrays', async () => {
    const mine = { id: 'mine', key: current.key.slice() };
    const { encode } = face([mine]);
    mine.key.fill(0);
    const stored = await encode(new Uint8Array([7]), 'k');
    const reader = face([{ id: 'mine', key: current.key }]);
    expect(await reader.decode(stored, 'k')).toEqual(new Uint8Array([7]));
  });
});
