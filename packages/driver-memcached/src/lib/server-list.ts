import { KvError } from '@grovekv/kv-core/driver';

/** Where a server is. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

const FORM = /^(?:\[([0-9a-fA-F:.]+(?:%[^\]]+)?)\]|([^\s:@[\]/]+))(?::(\d{1,5}))?$/;
const DEFAULT_PORT = 11_211;

/** Reads `host:port,[::1]:port,host`. Throws `INVALID_ARGUMENT` for anything else, and for none. */
export function parseServers(servers: string | readonly string[]): Address[] {
  const list = typeof servers === 'string' ? servers.split(',') : servers;
  const addresses = list.map((text) => parse(typeof text === 'string' ? text.trim() : ''));
  const names = new Set(addresses.map(({ host, port }) => `${host} ${port}`));
  if (addresses.length === 0 || names.size < addresses.length) {
    throw new KvError('INVALID_ARGUMENT', 'memcachedDriver needs servers, each named once');
  }
  return addresses;
}

function parse(text: string): Address {
  const [, ipv6, name, digits] = FORM.exec(text) ?? [];
  const host = ipv6 ?? name;
  const port = digits === undefined ? DEFAULT_PORT : Number(digits);
  if (host === undefined || port < 1 || port > 65_535) {
    throw new KvError('INVALID_ARGUMENT', `"${text}" is no server: write host:port or [::1]:port`);
  }
  return { host, port };
}
