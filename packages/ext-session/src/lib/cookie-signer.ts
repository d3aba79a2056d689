import { KvError } from '@grovekv/kv-core';
import { base64url } from './session-id.js';

/** Signs ids, so that made-up ones are refused before the store is asked. */
export interface CookieSigner {
  /** The id with its signature, as the cookie holds it. */
  sign(id: string): Promise<string>;
  /** The id, if the signature is by one of the keys. Compares in constant time. */
  verify(signed: string | undefined): Promise<string | undefined>;
}

const LEAST_BYTES = 32;
const HMAC = { name: 'HMAC', hash: 'SHA-256' } as const;

/**
 * Makes a {@link CookieSigner} of HMAC-SHA-256 keys of at least 32 bytes. The first signs; all verify, so
 * that a new key can be put in front and the old one taken away when its cookies have ended.
 *
 * @throws KvError `INVALID_ARGUMENT` for keys that are too short.
 */
export function createCookieSigner(keys: readonly Uint8Array[]): CookieSigner {
  const strong = (key: unknown): boolean => key instanceof Uint8Array && key.length >= LEAST_BYTES;
  if (keys.length === 0 || !keys.every(strong)) {
    throw new KvError('INVALID_ARGUMENT', `signing keys have at least ${LEAST_BYTES} bytes`);
  }
  const imported = keys.map((key) =>
    crypto.subtle.importKey('raw', new Uint8Array(key), HMAC, false, ['sign', 'verify']),
  );
  return {
    async sign(id) {
      const signature = await crypto.subtle.sign('HMAC', await imported[0]!, bytesOf(id));
      return `${id}.${base64url(new Uint8Array(signature))}`;
    },
    async verify(signed) {
      const [, id, text] = /^([A-Za-z0-9_-]{43})\.([A-Za-z0-9_-]{43})$/.exec(signed ?? '') ?? [];
      if (id === undefined || text === undefined) return undefined;
      const signature = decoded(text);
      for (const key of imported) {
        if (await crypto.subtle.verify('HMAC', await key, signature, bytesOf(id))) return id;
      }
      return undefined;
    },
  };
}

function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

function decoded(text: string): Uint8Array<ArrayBuffer> {
  const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  return Uint8Array.from(binary, (char) => char.charCodeAt(0));
}
