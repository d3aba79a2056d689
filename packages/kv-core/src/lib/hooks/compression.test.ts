import { promisify } from 'node:util';
import * as zlib from 'node:zlib';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { createStore, isKvError } from '../../index.js';
import { memoryDriver } from '../../memory.js';
import { type CompressionOptions, compression } from './compression.js';
import { crc32 } from './crc32.js';

const face = (options?: CompressionOptions) => {
  const { value } = compression(options);
  if (!value) throw new Error('compression has a value face');
  return value;
};

const refuses = async (work: Promise<unknown> | Uint8Array): Promise<boolean> => {
  try {
    await work;
    return false;
  } catch (error) {
    return isKvError(error, 'CORRUPT_VALUE');
  }
};

const hasZstd = ((): boolean => {
  try {
    return new CompressionStream('zstd' as 'gzip') !== undefined;
  } catch {
    return false;
  }
})();
const formats = (['gzip', 'deflate-raw', 'zstd'] as const).filter(
  (name) => name !== 'zstd' || hasZstd,
);

describe.each(formats)('compression by %s', (format) => {
  it('gives back what it was given', async () => {
    const { encode, decode } = face({ format, thresholdBytes: 32 });
    const value = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.tuple(fc.uint8Array({ minLength: 1, maxLength: 8 }), fc.nat(400)).map(([part, times]) => {
        return new Uint8Array(Array.from({ length: times }, () => [...part]).flat());
      }),
    );
    await fc.assert(
      fc.asyncProperty(value, async (bytes) => {
        expect(await decode(await encode(bytes, 'k'), 'k')).toEqual(bytes);
      }),
    );
  });

  it('makes long repetitive values short, and leaves short ones nearly as they are', async () => {
    const { encode } = face({ format });
    expect((await encode(new Uint8Array(100_000), 'k')).byteLength).toBeLessThan(1_000);
    expect((await encode(new Uint8Array(100), 'k')).byteLength).toBe(109);
  });

  it('refuses every flipped bit, truncation and trailing byte', async () => {
    const { encode, decode } = face({ format, thresholdBytes: 16 });
    for (const value of [new Uint8Array(300), new Uint8Array([1, 2, 3])]) {
      const stored = await encode(value, 'k');
      for (let bit = 0; bit < stored.byteLength * 8; bit += 1) {
        const altered = stored.slice();
        altered[bit >> 3] = (altered[bit >> 3] as number) ^ (1 << (bit & 7));
        expect(await refuses(decode(altered, 'k'))).toBe(true);
      }
      for (let length = 0; length < stored.byteLength; length += 1) {
        expect(await refuses(decode(stored.slice(0, length), 'k'))).toBe(true);
      }
      expect(await refuses(decode(new Uint8Array([...stored, 0]), 'k'))).toBe(true);
    }
  });
});

describe('compression', () => {
  it('gives back plain data that looks compressed', async () => {
    const { encode, decode } = face({ thresholdBytes: 1_000 });
    const lookalike = new Uint8Array(gzipSync('hello'));
    expect(await decode(await encode(lookalike, 'k'), 'k')).toEqual(lookalike);
    const twice = await encode(await encode(new Uint8Array(5_000), 'k'), 'k');
    expect(await decode(await decode(twice, 'k'), 'k')).toEqual(new Uint8Array(5_000));
  });

  it('stops a bomb while inflating, whatever length it claims', async () => {
    const bomb = new Uint8Array(gzipSync(new Uint8Array(20_000_000)));
    const claiming = (length: number): Uint8Array => {
      const stored = new Uint8Array(9 + bomb.byteLength);
      const view = new DataView(stored.buffer);
      view.setUint8(4, 0x11);
      view.setUint32(5, length);
      stored.set(bomb, 9);
      view.setUint32(0, crc32(stored.subarray(4)));
      return stored;
    };
    const { decode } = face({ maxInflatedBytes: 1_000_000 });
    expect(await refuses(decode(claiming(20_000_000), 'k'))).toBe(true);
    expect(await refuses(decode(claiming(1_000), 'k'))).toBe(true);
  });

  it('does not store what it would refuse to read; the old value stays', async () => {
    const store = createStore({
      driver: memoryDriver(),
      hooks: [compression({ maxInflatedBytes: 5_000 })],
    });
    await store.set('k', 'old');
    await store.set('most', 'x'.repeat(4_998));
    const long = 'x'.repeat(4_999);
    for (const write of [
      () => store.set('k', long),
      () => store.update('k', () => ({ put: long, result: 0 })),
    ]) {
      await expect(write()).rejects.toMatchObject({ code: 'VALUE_TOO_LARGE', outcome: 'none' });
    }
    expect(await store.getMany(['k', 'most'])).toEqual(['old', 'x'.repeat(4_998)]);
  });

  it('refuses limits that would be none', () => {
    for (const bad of [
      { maxInflatedBytes: Number.NaN },
      { maxInflatedBytes: 0 },
      { maxInflatedBytes: 2 ** 32 },
      { thresholdBytes: Number.NaN },
      { thresholdBytes: -1 },
    ]) {
      expect(() => compression(bad)).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
    }
  });

  it('refuses formats it does not know, and zstd where the platform has none', () => {
    expect(() => compression({ format: 'brotli' as 'gzip' })).toThrow();
    expect(() => compression({ format: 'toString' as 'gzip' })).toThrow();
    if (hasZstd) expect(face({ format: 'zstd' })).toBeDefined();
    else {
      expect(() => compression({ format: 'zstd' })).toThrow(
        expect.objectContaining({
          code: 'NOT_SUPPORTED',
          message: expect.stringContaining('zstd'),
        }),
      );
    }
  });
});

describe('crc32', () => {
  it('is that of the standard', () => {
    expect(crc32(new TextEncoder().encode('123456789'))).toBe(0xcbf43926);
  });
});

describe('compression by a zstd that is given', () => {
  // Where Node has no zstd of its own, gzip by its name: what is tried is the way there.
  const node = zlib as unknown as { zstdCompress?: Work; zstdDecompress?: Work };
  type Work = (bytes: Uint8Array, options: object, done: (e: unknown, r: Buffer) => void) => void;
  const compress = promisify(node.zstdCompress ?? zlib.gzip) as never as (
    bytes: Uint8Array,
  ) => Promise<Uint8Array>;
  const decompress = promisify(node.zstdDecompress ?? zlib.gunzip) as never as (
    bytes: Uint8Array,
    options: object,
  ) => Promise<Uint8Array>;
  const zstd = {
    compress,
    decompress: (bytes: Uint8Array, most: number) => decompress(bytes, { maxOutputLength: most }),
  };

  it('uses it; a bomb is stopped, damage is found', async () => {
    const { encode, decode } = face({ format: 'zstd', zstd, maxInflatedBytes: 200_000 });
    const value = new Uint8Array(100_000).fill(7);
    const stored = await encode(value, 'k');
    expect(stored.byteLength).toBeLessThan(1_000);
    expect(stored[4]).toBe(0x13);
    expect(Buffer.compare(await decode(stored, 'k'), value)).toBe(0);
    const claiming = (length: number): Uint8Array => {
      const altered = stored.slice();
      new DataView(altered.buffer).setUint32(5, length);
      new DataView(altered.buffer).setUint32(0, crc32(altered.subarray(4)));
      return altered;
    };
    for (const length of [0, 1, 99_999, 100_001, 300_000]) {
      expect(await refuses(decode(claiming(length), 'k'))).toBe(true);
    }
  });

  it('reads with it what a store with another format finds, and without it says what is missing', async () => {
    const { encode } = face({ format: 'zstd', zstd });
    const value = new Uint8Array(5_000).fill(3);
    const stored = await encode(value, 'k');
    expect(Buffer.compare(await face({ zstd }).decode(stored, 'k'), value)).toBe(0);
    vi.stubGlobal(
      'CompressionStream',
      class {
        constructor() {
          throw new TypeError('no such format');
        }
      },
    );
    const { decode } = face({ format: 'zstd', zstd });
    await expect(decode(stored, 'k')).resolves.toBeDefined();
    expect(() => compression({ format: 'zstd' })).toThrow(/zstd/);
    vi.unstubAllGlobals();
    if (!hasZstd) {
      const lacking = { code: 'NOT_SUPPORTED', key: 'k' };
      await expect(face().decode(stored, 'k')).rejects.toMatchObject(lacking);
    }
  });
});
