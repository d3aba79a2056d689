import { listOf } from '@grovekv/kv-core/driver';
import { Cluster, Command, Redis } from 'ioredis';
import type { Arg } from './arg.js';

/** What of a client this needs. */
export type Client = Pick<Redis, 'sendCommand' | 'callBuffer'>;

const NONE: readonly string[] = [];
const AS_BYTES = { replyEncoding: null };

/** Sends a command: what stands before its keys, these, and the rest. Replies come as Buffers. */
export function sendText(
  client: Client,
  name: string,
  front: readonly string[] = NONE,
  keys: readonly string[] = NONE,
  args: readonly Arg[] = NONE,
): Promise<unknown> {
  const own = client instanceof Redis || client instanceof Cluster;
  if (own && args.every(isText)) {
    return (client as Redis).sendCommand(
      new TextCommand(name, front, keys, args),
    ) as Promise<unknown>;
  }
  return client.callBuffer(name, ...front, ...keys, ...args);
}

function isText(arg: Arg): arg is string {
  return typeof arg === 'string';
}

/**
 * A command that is nothing but text, written out at once: ioredis would look at each of some hundred
 * arguments four times. Of its arguments it has what routes it in a cluster.
 */
class TextCommand extends Command {
  readonly #text: string;

  constructor(
    name: string,
    front: readonly string[],
    keys: readonly string[],
    args: readonly string[],
  ) {
    super(name, listOf(...front, ...keys.slice(0, 1)), AS_BYTES);
    const text = written(name, front, keys, args, lengthOf);
    // One look at the whole is cheaper than one at each.
    const ascii = Buffer.byteLength(text) === text.length;
    this.#text = ascii ? text : written(name, front, keys, args, Buffer.byteLength);
  }

  override toWritable(): string {
    return this.#text;
  }
}

function written(
  name: string,
  front: readonly string[],
  keys: readonly string[],
  args: readonly string[],
  sizeOf: (text: string) => number,
): string {
  const pieces = listOf(`*${1 + front.length + keys.length + args.length}`);
  pieces.push(header(sizeOf(name)), name);
  for (const text of front) pieces.push(header(sizeOf(text)), text);
  for (const key of keys) pieces.push(header(sizeOf(key)), key);
  for (const arg of args) pieces.push(header(sizeOf(arg)), arg);
  pieces.push('\r\n');
  // Flat at once, which a sum of so many would have to be made.
  return pieces.join('');
}

const HEADERS = Array.from({ length: 256 }, (_, size) => `\r\n$${size}\r\n`);

/** What stands before an argument of that size: the end of the one before it, and the size. */
function header(size: number): string {
  return HEADERS[size] ?? `\r\n$${size}\r\n`;
}

function lengthOf({ length }: string): number {
  return length;
}
