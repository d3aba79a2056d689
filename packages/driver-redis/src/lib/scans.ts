import { KvError, type ScanPage, type ScanRequest } from '@grovekv/kv-core/driver';
import type { Redis } from 'ioredis';
import { type Connection, Terms } from './connection.js';

/** Keys that Redis looks at in one command, and commands in one page. */
const COUNT = { least: 100, most: 1_000 };
const MOST_COMMANDS = 10;

/** Where a scan stands: a cursor of Redis, on a cluster that of one node, after which come the others. */
interface Position {
  readonly node: string;
  readonly cursor: string;
}

/**
 * Lists string keys by SCAN, node after node. A page holds each key once; a key can come again on a later
 * page, and one that is there from the beginning to the end is never left out.
 */
export async function scanPage(
  connection: Connection,
  { prefix, cursor, limit }: ScanRequest,
  due: number,
): Promise<ScanPage> {
  const count = String(Math.min(Math.max(limit, COUNT.least), COUNT.most));
  const match = `${escapeGlob(prefix)}*`;
  const keys = new Set<string>();
  let position = cursor === undefined ? start(connection) : parse(cursor);
  for (let commands = 0; position && commands < MOST_COMMANDS && keys.size < limit; commands += 1) {
    const { node, cursor }: Position = position;
    const at = nodeAt(connection, node);
    const reply = await connection.settle<[Buffer, Buffer[]], [Buffer, Buffer[]] | KvError>(
      () => at.scanBuffer(cursor, 'MATCH', match, 'COUNT', count, 'TYPE', 'string'),
      new Terms(due, false, -1, at),
      (reply) => reply,
      (error) => error,
    );
    if (!Array.isArray(reply)) throw reply;
    const [next, found] = reply;
    for (const bytes of found) {
      const key = bytes.toString();
      // Not UTF-8: not a key of ours, and it could not be read by this name.
      if (!key.includes('\ufffd') || Buffer.from(key).equals(bytes)) keys.add(key);
    }
    position = after(connection, node, next.toString());
  }
  return { keys: [...keys], cursor: position && `${position.cursor}@${position.node}` };
}

function parse(cursor: string): Position {
  const [, number, node] = /^(\d{1,20})@(\S*)$/.exec(cursor) ?? [];
  if (number === undefined || node === undefined) {
    throw new KvError('INVALID_ARGUMENT', 'not a cursor of a Redis scan');
  }
  return { node, cursor: number };
}

function start({ nodes }: Connection): Position | undefined {
  if (!nodes) return { node: '', cursor: '0' };
  const [node] = nodes.masters().keys();
  return node === undefined ? undefined : { node, cursor: '0' };
}

function after({ nodes }: Connection, node: string, cursor: string): Position | undefined {
  if (cursor !== '0') return { node, cursor };
  for (const next of nodes?.masters().keys() ?? []) if (next > node) return { node: next, cursor };
  return undefined;
}

function nodeAt({ nodes, commands }: Connection, name: string): Redis {
  if (!nodes) return commands;
  const node = nodes.masters().get(name);
  if (node) return node;
  throw new KvError('UNAVAILABLE', 'the cluster changed during the scan: start it again');
}

/** A literal in a pattern of Redis. */
function escapeGlob(text: string): string {
  return text.replace(/[*?[\]\\^-]/g, '\\$&');
}
