import { KvError } from '@grovekv/kv-core';

/** Attributes of a session's cookie. It is always `HttpOnly`. */
export interface CookieOptions {
  /** Default `__Host-session`: bound to this host, sent over TLS alone. */
  readonly name?: string | undefined;
  /** How long the browser keeps it, in milliseconds. Default: until it is closed. */
  readonly maxAgeMs?: number | undefined;
  /** Default `Lax`. `None` needs `secure`. */
  readonly sameSite?: 'Strict' | 'Lax' | 'None' | undefined;
  /** Default true. Without it, name the cookie otherwise: browsers refuse `__Host-` then. */
  readonly secure?: boolean | undefined;
  /** Default `/`, which `__Host-` demands. */
  readonly path?: string | undefined;
}

const DEFAULT_NAME = '__Host-session';
const NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const VALUE = /^[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]*$/;
const PATH = /^\/[\x21-\x3a\x3c-\x7e]*$/;

/**
 * A `Set-Cookie` field (RFC 6265) for a session id, signed or not.
 *
 * @throws KvError `INVALID_ARGUMENT` for what a browser would refuse or take for something else.
 */
export function sessionCookie(value: string, options: CookieOptions = {}): string {
  const { name = DEFAULT_NAME, maxAgeMs, sameSite = 'Lax', secure = true, path = '/' } = options;
  if (!matches(NAME, name) || !matches(VALUE, value) || !matches(PATH, path)) {
    throw invalid('a cookie has a name, a value and a path without separators');
  }
  if (!['Strict', 'Lax', 'None'].includes(sameSite))
    throw invalid('sameSite is Strict, Lax or None');
  if (!secure && (sameSite === 'None' || /^__(?:Host|Secure)-/i.test(name))) {
    throw invalid('browsers refuse such a cookie unless it is secure');
  }
  if (/^__Host-/i.test(name) && path !== '/') throw invalid('__Host- demands the path /');
  if (maxAgeMs !== undefined && !(maxAgeMs >= 0 && maxAgeMs < Number.POSITIVE_INFINITY)) {
    throw invalid('maxAgeMs is a number of milliseconds');
  }
  const age = maxAgeMs === undefined ? '' : `; Max-Age=${Math.ceil(maxAgeMs / 1_000)}`;
  return `${name}=${value}; Path=${path}${age}; HttpOnly${secure ? '; Secure' : ''}; SameSite=${sameSite}`;
}

/** A `Set-Cookie` field that removes the cookie. */
export function endedCookie(options: CookieOptions = {}): string {
  return sessionCookie('', { ...options, maxAgeMs: 0 });
}

/**
 * The value of a cookie in a `Cookie` field, or `undefined`. Of several of that name the first counts, as
 * with everybody else. Takes time in proportion to the field, whatever is in it.
 */
export function readCookie(
  header: string | null | undefined,
  name: string = DEFAULT_NAME,
): string | undefined {
  for (const part of header?.split(';') ?? []) {
    const equals = part.indexOf('=');
    if (equals < 0 || part.slice(0, equals).trim() !== name) continue;
    const value = part.slice(equals + 1).trim();
    return value.length > 1 && value.startsWith('"') && value.endsWith('"')
      ? value.slice(1, -1)
      : value;
  }
  return undefined;
}

/** A pattern alone takes `undefined` for a word. */
function matches(pattern: RegExp, text: unknown): boolean {
  return typeof text === 'string' && pattern.test(text);
}

function invalid(message: string): KvError {
  return new KvError('INVALID_ARGUMENT', message);
}
