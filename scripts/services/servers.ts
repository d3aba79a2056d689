import { execFile } from 'node:child_process';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { requireProgram } from './programs.js';
import { launch, type ServerProcess } from './server-process.js';

/** Where and how a server starts. */
export interface ServerOptions {
  /** Default: a free port. */
  readonly port?: number;
  /** Where it keeps its files. Default: a temporary folder, removed when the server ends. */
  readonly dir?: string;
  /** Further command-line arguments. */
  readonly args?: readonly string[];
}

/** A running server with its address in the form that clients take. */
export interface Server extends ServerProcess {
  readonly url: string;
}

/**
 * Starts a Redis server that keeps nothing on disk, or with `appendonly` every acknowledged write:
 * give it a `dir` then, to start another one on the same data.
 */
export async function startRedis(
  options: ServerOptions & { readonly appendonly?: boolean } = {},
): Promise<Server> {
  const server = await launch({
    ...options,
    command: requireProgram('redis-server'),
    args: (port, dir) => [
      ...['--port', `${port}`, '--bind', '127.0.0.1', '--dir', dir, '--save', ''],
      ...(options.appendonly
        ? ['--appendonly', 'yes', '--appendfsync', 'always']
        : ['--appendonly', 'no']),
      ...(options.args ?? []),
    ],
    // Another server could answer on a port that is taken. While it loads, PING is an error.
    question: 'PING\r\nINFO server\r\n',
    isUp: (answer, pid) => answer.startsWith('+PONG') && answer.includes(`process_id:${pid}\r\n`),
  });
  return { ...server, url: `redis://127.0.0.1:${server.port}` };
}

/** Starts a memcached server. Its `url` is `host:port`. */
export async function startMemcached(options: ServerOptions = {}): Promise<Server> {
  const server = await launch({
    ...options,
    command: requireProgram('memcached'),
    args: (port) => [
      ...['-l', '127.0.0.1', '-p', `${port}`, '-U', '0', '-m', '256'],
      // It refuses to run as root unless told to.
      ...['-u', userInfo().username],
      ...(options.args ?? []),
    ],
    question: 'stats\r\n',
    isUp: (answer, pid) => answer.includes(`STAT pid ${pid}\r\n`),
  });
  return { ...server, url: `127.0.0.1:${server.port}` };
}

/** Starts a local DynamoDB (dynalite), in memory, or on disk in the `dir` that is given. */
export async function startDynalite(options: ServerOptions = {}): Promise<Server> {
  const script = fileURLToPath(new URL('./dynalite-server.mjs', import.meta.url));
  const server = await launch({
    ...options,
    command: process.execPath,
    args: (port) => [script, `${port}`, ...(options.dir ? [join(options.dir, 'tables')] : [])],
    question: 'GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n',
    isUp: (answer, pid) => answer.includes(`x-process: ${pid}\r\n`),
  });
  return { ...server, url: `http://127.0.0.1:${server.port}` };
}

/** Three Redis masters that share the slots. */
export interface RedisCluster {
  readonly nodes: readonly Server[];
  /** `host:port` of each node, joined by commas. */
  readonly servers: string;
  stop(): Promise<void>;
}

/** Starts a Redis Cluster of three masters and waits until each of them says that it is up. */
export async function startRedisCluster(): Promise<RedisCluster> {
  const args = [
    ...['--cluster-enabled', 'yes', '--cluster-config-file', 'nodes.conf'],
    ...['--cluster-node-timeout', '3000'],
  ];
  const started = await Promise.allSettled([1, 2, 3].map(() => startRedis({ args })));
  const nodes = started.flatMap((node) => (node.status === 'fulfilled' ? [node.value] : []));
  const stop = async (): Promise<void> => {
    await Promise.all(nodes.map((node) => node.stop()));
  };
  try {
    for (const node of started) if (node.status === 'rejected') throw node.reason;
    const addresses = nodes.map((node) => `127.0.0.1:${node.port}`);
    await redisCli(['--cluster', 'create', ...addresses, '--cluster-yes']);
    await Promise.all(nodes.map(waitForCluster));
    return { nodes, servers: addresses.join(','), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function waitForCluster(node: Server): Promise<void> {
  const deadline = Date.now() + 20_000;
  for (;;) {
    const info = await redisCli(['-p', `${node.port}`, 'cluster', 'info']);
    if (info.includes('cluster_state:ok') && info.includes('cluster_slots_ok:16384')) return;
    if (Date.now() > deadline) throw new Error(`the Redis Cluster did not come up\n${info}`);
    await sleep(50);
  }
}

async function redisCli(args: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(requireProgram('redis-cli'), args);
  return stdout;
}
