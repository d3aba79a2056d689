const ID_BYTES = 32;
const ID = /^[A-Za-z0-9_-]{43}$/;
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const MOST_KNOWN = 10_000;

/** 256 random bits in base64url: the only way in which a session id comes to be. */
export function newSessionId(): string {
  return base64url(crypto.getRandomValues(new Uint8Array(ID_BYTES)));
}

/** Whether it could be one of ours; looks at no more than its length if that is wrong. */
export function isSessionId(id: unknown): id is string {
  return hasIdLength(id) && ID.test(id);
}

/** Whether it is worth a look. */
export function hasIdLength(id: unknown): id is string {
  return typeof id === 'string' && id.length === 43;
}

/**
 * The names under which sessions are stored: the SHA-256 of their ids, so that whoever sees the store
 * cannot log in. Those of the ids used last are kept: hashing takes a turn through a thread.
 */
export class SessionNames {
  #young = new Map<string, string>();
  #old = new Map<string, string>();

  /** Of an id that has been used here. */
  known(id: string): string | undefined {
    return this.#young.get(id) ?? this.#old.get(id);
  }

  /** Of a well-formed id. */
  of(id: string): string | Promise<string> {
    return this.known(id) ?? this.#hash(id);
  }

  async #hash(id: string): Promise<string> {
    const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(id));
    const name = base64url(new Uint8Array(digest));
    if (this.#young.size >= MOST_KNOWN / 2) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(id, name);
    return name;
  }
}

/** Base64 for URLs, without padding. */
export function base64url(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += 3) {
    const [one = 0, two = 0, three = 0] = bytes.subarray(at, at + 3);
    const bits = (one << 16) | (two << 8) | three;
    text += ALPHABET[bits >> 18]! + ALPHABET[(bits >> 12) & 63]!;
    text += ALPHABET[(bits >> 6) & 63]! + ALPHABET[bits & 63]!;
  }
  return text.slice(0, Math.ceil((bytes.length * 4) / 3));
}
