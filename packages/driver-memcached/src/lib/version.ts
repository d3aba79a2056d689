import type { Version } from '@grovekv/kv-core/driver';

/** What a version says: which item of which server, and when that expires. */
export interface Token {
  readonly cas: bigint;
  readonly expiresAt: number | undefined;
}

const FORM = /^([1-9]\d{0,19})@([^@]+)(?:@(\d{1,17}))?$/;

/** The largest number that the protocol has room for. */
const LARGEST_CAS = 2n ** 64n - 1n;

/**
 * A server numbers its items from 1 again when it is restarted, so a number alone could be that of
 * another item: the version names the run of the server too. It carries the expiry so that a write
 * which keeps it needs no read.
 */
export function toVersion(cas: bigint, run: string, expiresAt: number | undefined): Version {
  return expiresAt === undefined ? `${cas}@${run}` : `${cas}@${run}@${expiresAt}`;
}

/** `undefined` if it cannot be that of an item which this run of the server holds. */
export function fromVersion(version: Version, run: string): Token | undefined {
  const [, digits, itsRun, expiry] = FORM.exec(version) ?? [];
  if (digits === undefined || itsRun !== run) return undefined;
  const cas = BigInt(digits);
  if (cas > LARGEST_CAS) return undefined;
  return { cas, expiresAt: expiry === undefined ? undefined : Number(expiry) };
}
