import { KvError } from '../errors/kv-error.js';
import type { Hook } from './hook.js';
import { countUses } from './key-uses.js';

/** A raw AES-256 key and the name under which ciphertext refers to it. */
export interface EncryptionKey {
  /** 1 to 255 bytes in UTF-8. Stored with every value, in the clear. */
  readonly id: string;
  /** 32 random bytes. */
  readonly key: Uint8Array;
}

/** Options of {@link encryption}. */
export interface EncryptionOptions {
  /** The first encrypts; all decrypt. To rotate, put the new key first and keep the old ones. */
  readonly keys: readonly EncryptionKey[];
  /**
   * Told once when this process has encrypted 2^28 values with one key: random nonces are safe up to
   * 2^32 messages a key, over all processes. Rotate then. What it throws is ignored. Default:
   * `console.warn`.
   */
  readonly onWarning?: ((message: string) => void) | undefined;
}

const MAGIC = 0x9e;
const FORMAT = 1;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/**
 * Encrypts every stored value with AES-256-GCM (Web Crypto), a random nonce each. The key's full name is
 * authenticated with it, so a ciphertext cannot be moved to another key. Altered, truncated or moved
 * ciphertext, and an unknown key id, reject with `DECRYPT_FAILED`.
 *
 * Not hidden: keys, times to live, sizes. Not prevented: putting back an old value of the same key.
 *
 * @throws KvError `INVALID_ARGUMENT` for keys that cannot be right.
 */
export function encryption({ keys, onWarning = console.warn }: EncryptionOptions): Hook {
  const ring = new Map<string, Promise<CryptoKey>>();
  if (!Array.isArray(keys))
    throw new KvError('INVALID_ARGUMENT', 'encryption needs a list of keys');
  for (const { id, key } of keys as readonly EncryptionKey[]) {
    const idBytes = typeof id === 'string' ? encoder.encode(id).byteLength : 0;
    if (idBytes < 1 || idBytes > 255 || !id.isWellFormed() || ring.has(id)) {
      throw new KvError('INVALID_ARGUMENT', 'key ids are distinct and take 1 to 255 bytes');
    }
    if (!(key instanceof Uint8Array) || key.byteLength !== 32) {
      throw new KvError('INVALID_ARGUMENT', `the key ${id} is not 32 bytes`);
    }
    const raw = new Uint8Array(key);
    ring.set(id, crypto.subtle.importKey('raw', raw, 'AES-GCM', false, ['encrypt', 'decrypt']));
  }
  const [current] = keys;
  if (!current) throw new KvError('INVALID_ARGUMENT', 'encryption needs a key');
  const currentKey = ring.get(current.id) as Promise<CryptoKey>;
  const countUse = countUses(current.id, onWarning);

  return {
    name: 'encryption',
    value: {
      confidential: true,
      async encode(value, key) {
        countUse();
        const nonce = crypto.getRandomValues(new Uint8Array(NONCE_BYTES));
        const header = headerOf(current.id, nonce);
        const parameters = gcm(nonce, header, key);
        const plain = value as Uint8Array<ArrayBuffer>;
        const sealed = await crypto.subtle.encrypt(parameters, await currentKey, plain);
        const stored = new Uint8Array(header.byteLength + sealed.byteLength);
        stored.set(header);
        stored.set(new Uint8Array(sealed), header.byteLength);
        return stored;
      },
      async decode(stored, key) {
        const { id, nonce, header, sealed } = parse(stored, key);
        const secret = ring.get(id);
        if (!secret) throw failed(`no key has the id ${id}`, key);
        try {
          const plain = await crypto.subtle.decrypt(gcm(nonce, header, key), await secret, sealed);
          return new Uint8Array(plain);
        } catch (cause) {
          throw failed('the ciphertext is altered, or belongs to another key', key, cause);
        }
      },
    },
  };
}

/** Magic, format, length of the key id, key id, nonce. */
function headerOf(id: string, nonce: Uint8Array): Uint8Array {
  const idBytes = encoder.encode(id);
  const header = new Uint8Array(3 + idBytes.byteLength + NONCE_BYTES);
  header.set([MAGIC, FORMAT, idBytes.byteLength]);
  header.set(idBytes, 3);
  header.set(nonce, 3 + idBytes.byteLength);
  return header;
}

function parse(
  stored: Uint8Array,
  key: string,
): { id: string; nonce: Uint8Array; header: Uint8Array; sealed: Uint8Array<ArrayBuffer> } {
  const idLength = stored[2] ?? 0;
  const headerLength = 3 + idLength + NONCE_BYTES;
  const fits = stored.byteLength >= headerLength + TAG_BYTES;
  if (stored[0] !== MAGIC || stored[1] !== FORMAT || idLength === 0 || !fits) {
    throw failed('the stored bytes are not ciphertext of this hook', key);
  }
  return {
    id: decoder.decode(stored.subarray(3, 3 + idLength)),
    nonce: stored.subarray(3 + idLength, headerLength),
    header: stored.subarray(0, headerLength),
    sealed: stored.subarray(headerLength) as Uint8Array<ArrayBuffer>,
  };
}

function gcm(nonce: Uint8Array, header: Uint8Array, key: string): AesGcmParams {
  const keyBytes = encoder.encode(key);
  const additionalData = new Uint8Array(header.byteLength + 4 + keyBytes.byteLength);
  additionalData.set(header);
  new DataView(additionalData.buffer).setUint32(header.byteLength, keyBytes.byteLength);
  additionalData.set(keyBytes, header.byteLength + 4);
  const iv = nonce as Uint8Array<ArrayBuffer>;
  return { name: 'AES-GCM', iv, additionalData, tagLength: TAG_BYTES * 8 };
}

function failed(message: string, key: string, cause?: unknown): KvError {
  return new KvError('DECRYPT_FAILED', message, { key, ...(cause === undefined ? {} : { cause }) });
}
