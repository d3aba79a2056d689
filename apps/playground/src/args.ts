import { parseArgs } from 'node:util';
import type { StoreAddress } from './store/address.js';

/** What the command line asks for. */
export interface Args {
  readonly port: number;
  readonly open: boolean;
  /** `undefined`: an LMDB store in a temporary folder. */
  readonly store: StoreAddress | undefined;
}

/** A mistake on the command line: its message is for whoever typed it. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

export const USAGE = `usage: npm start -- [options]
  --port <n>                the port, 4300 by default; another one if it is taken
  --driver lmdb|redis       the store, lmdb by default
  --path <folder>           lmdb: keep the data there; by default it is temporary
  --url redis://host:port   redis: the server
  --open                    open a browser
  --help                    this text`;

const DEFAULT_PORT = 4300;

/** Reads the command line; `undefined` if it asks for help. */
export function readArgs(argv: readonly string[]): Args | undefined {
  const { values } = parse(argv);
  if (values.help) return undefined;
  return { port: readPort(values.port), open: values.open ?? false, store: readStore(values) };
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      options: {
        port: { type: 'string' },
        driver: { type: 'string' },
        path: { type: 'string' },
        url: { type: 'string' },
        open: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function readPort(text: string | undefined): number {
  if (text === undefined) return DEFAULT_PORT;
  const port = /^[0-9]{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (port <= 65_535) return port;
  throw new UsageError(`--port is a number from 0 to 65535, not ${JSON.stringify(text)}`);
}

function readStore(values: {
  readonly driver?: string | undefined;
  readonly path?: string | undefined;
  readonly url?: string | undefined;
}): StoreAddress | undefined {
  const { driver = 'lmdb', path, url } = values;
  switch (driver) {
    case 'lmdb':
      if (url !== undefined)
        throw new UsageError('--url goes with --driver redis; lmdb has --path');
      if (path === '') throw new UsageError('--path is a folder');
      return path === undefined ? undefined : { driver, path };
    case 'redis':
      if (path !== undefined)
        throw new UsageError('--path goes with --driver lmdb; redis has --url');
      return { driver, url: readUrl(url) };
    case 'memory':
      throw new UsageError(
        'the memory driver is one process alone; the playground needs a store that several share',
      );
    default:
      throw new UsageError(`--driver is lmdb or redis, not ${JSON.stringify(driver)}`);
  }
}

function readUrl(url = 'redis://127.0.0.1:6379'): string {
  if (URL.canParse(url) && /^rediss?:\/\//.test(url)) return url;
  throw new UsageError('--url is a redis:// or rediss:// address');
}
