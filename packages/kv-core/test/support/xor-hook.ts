import type { Hook } from '../../src/hooks.js';
import { KvError } from '../../src/index.js';

/** What every stored value starts with; no plaintext in these tests does. */
const MARK = 0xd7;

/**
 * A toy of an asynchronous value hook: mark, length, and the bytes turned by `mask` and by the key, so
 * that it notices plaintext, damage, and values moved to another key.
 */
export function xorHook(mask = 0x5a, wait?: () => Promise<unknown>): Hook {
  const turn = (value: Uint8Array, key: string): Uint8Array =>
    value.map((byte, index) => byte ^ mask ^ key.charCodeAt(index % key.length));
  return {
    name: 'xor',
    value: {
      confidential: true,
      async encode(value, key) {
        await wait?.();
        const length = value.byteLength;
        return Uint8Array.of(MARK, length >>> 16, length >>> 8, length, ...turn(value, key));
      },
      async decode(stored, key) {
        await wait?.();
        const [mark, high = 0, middle = 0, low = 0] = stored;
        const length = (high << 16) | (middle << 8) | low;
        if (mark !== MARK || length !== stored.byteLength - 4) {
          throw new KvError('DECRYPT_FAILED', 'not of the xor hook', { key });
        }
        return turn(stored.subarray(4), key);
      },
    },
  };
}
