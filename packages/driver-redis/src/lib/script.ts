import { createHash } from 'node:crypto';
import { listOf } from '@grovekv/kv-core/driver';
import { Cluster, Command, Redis } from 'ioredis';
import type { Arg } from './arg.js';

/** Replies come as Buffers. */
const AS_BYTES = { replyEncoding: null };

/** What of a client a script needs. */
type Client = Pick<Redis, 'sendCommand' | 'callBuffer'>;

/** A script that the server keeps. It is sent whole only when the server does not know it, or not any more. */
export class Script {
  readonly #lua: string;
  readonly #sha: string;
  /** The sockets over which it was sent whole. */
  readonly #sentOver = new WeakSet<object>();

  constructor(lua: string) {
    this.#lua = lua;
    this.#sha = createHash('sha1').update(lua).digest('hex');
  }

  /** Replies come as Buffers. `args` are not changed, and may have to be sent a second time. */
  async run(client: Client, keys: readonly string[], args: readonly Arg[]): Promise<unknown> {
    try {
      return await send(client, 'evalsha', this.#sha, keys, args);
    } catch (error) {
      // The server has not run it.
      if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error;
      return send(client, 'eval', this.#lua, keys, args);
    }
  }

  /**
   * The same in the order of the calls: a script that the server does not know would be run after what was
   * sent behind it, so it is sent whole once over each socket.
   */
  runInOrder(
    client: Client,
    socket: object,
    keys: readonly string[],
    args: readonly Arg[],
  ): Promise<unknown> {
    if (this.#sentOver.has(socket)) return this.run(client, keys, args);
    this.#sentOver.add(socket);
    return send(client, 'eval', this.#lua, keys, args);
  }
}

function send(
  client: Client,
  name: string,
  script: string,
  keys: readonly string[],
  args: readonly Arg[],
): Promise<unknown> {
  const own = client instanceof Redis || client instanceof Cluster;
  if (own && args.every(isText)) {
    return (client as Redis).sendCommand(
      new TextCommand(name, script, keys, args),
    ) as Promise<unknown>;
  }
  return client.callBuffer(name, script, keys.length, ...keys, ...args);
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

  constructor(name: string, script: string, keys: readonly string[], args: readonly string[]) {
    super(name, listOf<string | number>(script, keys.length, ...keys.slice(0, 1)), AS_BYTES);
    const text = written(name, script, keys, args, lengthOf);
    // One look at the whole is cheaper than one at each.
    const ascii = Buffer.byteLength(text) === text.length;
    this.#text = ascii ? text : written(name, script, keys, args, Buffer.byteLength);
  }

  override toWritable(): string {
    return this.#text;
  }
}

function written(
  name: string,
  script: string,
  keys: readonly string[],
  args: readonly string[],
  sizeOf: (text: string) => number,
): string {
  const count = String(keys.length);
  const pieces = listOf(`*${3 + keys.length + args.length}`);
  pieces.push(header(sizeOf(name)), name, header(sizeOf(script)), script);
  pieces.push(header(count.length), count);
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
