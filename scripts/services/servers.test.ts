import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, test } from 'vitest';
import { startDynalite, startMemcached, startRedis, startRedisCluster } from './servers.js';

/** Sends a line and returns the first line of the answer; rejects where nobody listens. */
function ask(port: number, line: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(`${line}\r\n`));
    let heard = '';
    socket.on('data', (chunk) => {
      heard += chunk;
      const end = heard.indexOf('\r\n');
      if (end < 0) return;
      socket.destroy();
      resolve(heard.slice(0, end));
    });
    socket.on('error', reject);
  });
}

test('a killed Redis with an append-only file comes back with what it acknowledged', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'grovekv-test-'));
  const first = await startRedis({ dir, appendonly: true });
  expect(await ask(first.port, 'SET color green')).toBe('+OK');
  await first.kill9();
  await expect(ask(first.port, 'PING')).rejects.toThrow('ECONNREFUSED');

  const second = await startRedis({ dir, appendonly: true, port: first.port });
  expect(await ask(second.port, 'STRLEN color')).toBe(':5');
  await second.stop();
  expect(existsSync(dir), 'a given folder is the caller’s').toBe(true);
  rmSync(dir, { recursive: true });
});

test('stop removes the temporary folder, also of a server that was stopped by SIGSTOP', async () => {
  const server = await startRedis();
  process.kill(server.pid, 'SIGSTOP');
  await server.stop();
  expect(existsSync(server.dir)).toBe(false);
});

test('a server that cannot start says why', async () => {
  const server = await startRedis();
  await expect(startRedis({ port: server.port })).rejects.toThrow(/already in use|bind/i);
  await server.stop();
});

test('memcached and the local DynamoDB answer', async () => {
  const [memcached, dynamodb] = await Promise.all([startMemcached(), startDynalite()]);
  expect(await ask(memcached.port, 'version')).toMatch(/^VERSION/);
  expect((await fetch(dynamodb.url)).status).toBe(200);
  await Promise.all([memcached.kill9(), dynamodb.stop()]);
});

test('a cluster of three shares all slots', async () => {
  const cluster = await startRedisCluster();
  const slots = await Promise.all(cluster.nodes.map((node) => ask(node.port, 'SET key value')));
  expect(slots.filter((answer) => answer === '+OK')).toHaveLength(1);
  expect(slots.filter((answer) => answer.startsWith('-MOVED'))).toHaveLength(2);
  await cluster.stop();
});

test('servers end with the process that started them, even when it is killed', async () => {
  const servers = JSON.stringify(new URL('./servers.ts', import.meta.url).href);
  const program = `import(${servers}).then(async ({ startRedis }) => {
    const { port, dir } = await startRedis();
    console.log(JSON.stringify({ port, dir }));
    process.kill(process.pid, 'SIGKILL');
  })`;
  const child = spawn(process.execPath, ['--import', 'tsx', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const line = await new Promise<string>((resolve) => {
    createInterface(child.stdout).once('line', resolve);
  });
  const { port, dir } = JSON.parse(line) as { port: number; dir: string };
  await expect.poll(() => existsSync(dir), { timeout: 5000 }).toBe(false);
  await expect(ask(port, 'PING')).rejects.toThrow('ECONNREFUSED');
});
