import * as crypto from 'node:crypto';
import type { Version } from '@grovekv/kv-core/driver';
import { type Arg, asArg } from './arg.js';

/** Text up to this size is its own version; of anything else it is a digest. */
const LONGEST_TEXT = 512;
const DIGEST_LENGTH = 40;
const DIGEST = /^[0-9a-f]{40}$/;

/**
 * The version of a value: its own text if that is short ASCII and could not be taken for a digest, else
 * what Lua's `sha1hex` makes of it.
 */
export function versionOf(value: Arg): Version {
  const own = typeof value === 'string' && value !== '' && value.length <= LONGEST_TEXT;
  return own && !isDigest(value) ? value : sha1Hex(value);
}

/** The same of bytes. */
export function versionOfBytes(value: Uint8Array): Version {
  return value.length <= LONGEST_TEXT ? versionOf(asArg(value)) : sha1Hex(value);
}

/** Whether a script compares the digest of what is stored with this, not the bytes themselves. */
export function isDigest(version: Version): boolean {
  return version.length === DIGEST_LENGTH && DIGEST.test(version);
}

function sha1Hex(bytes: Uint8Array | string): string {
  return typeof crypto.hash === 'function'
    ? crypto.hash('sha1', bytes, 'hex')
    : crypto.createHash('sha1').update(bytes).digest('hex');
}
