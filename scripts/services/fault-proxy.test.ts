import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type FaultProxy, startFaultProxy } from './fault-proxy.js';
import { freePort } from './free-port.js';

// A server that counts the bytes it gets and echoes them.
let echo: Server;
let received = 0;
let proxy: FaultProxy;

beforeEach(async () => {
  received = 0;
  const port = await freePort();
  echo = createServer((socket) => {
    socket.on('data', (chunk) => {
      received += chunk.length;
      socket.write(chunk);
    });
    socket.on('error', () => {});
  });
  echo.listen(port, '127.0.0.1');
  await once(echo, 'listening');
  proxy = await startFaultProxy(port);
});

afterEach(async () => {
  await proxy.close();
  echo.close();
});

async function open(): Promise<Socket> {
  const socket = connect(proxy.port, '127.0.0.1');
  // A reset after the end of a test is nobody's concern.
  socket.on('error', () => {});
  await once(socket, 'connect');
  return socket;
}

async function say(socket: Socket, text: string): Promise<string> {
  const answer = once(socket, 'data');
  socket.write(text);
  return String((await answer)[0]);
}

/** `reset`, `end`, whichever comes first. */
function ending(socket: Socket): Promise<string> {
  return new Promise((resolve) => {
    socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? ''));
    socket.on('end', () => resolve('end'));
  });
}

test('passes both ways', async () => {
  const socket = await open();
  expect(await say(socket, 'one')).toBe('one');
  expect(proxy.connections()).toBe(1);
});

test('swallowed replies never come, though the requests arrived; then the connection is reset', async () => {
  const hit = await open();
  const idle = await open();
  expect(await say(idle, 'x')).toBe('x');
  proxy.swallowReplies(true);
  const heard: string[] = [];
  hit.on('data', (chunk) => heard.push(String(chunk)));
  hit.write('lost');
  await expect.poll(() => received).toBe(5);
  // What is swallowed on another connection afterwards tells that the first reply has passed.
  idle.write('y');
  await expect.poll(() => received).toBe(6);

  const endings = [ending(hit), ending(idle)];
  proxy.swallowReplies(false);
  expect(await Promise.all(endings)).toEqual(['ECONNRESET', 'ECONNRESET']);
  expect(heard).toEqual([]);
  expect(await say(await open(), 'fine')).toBe('fine');
});

test('swallowed requests never arrive; then the connection is reset', async () => {
  const socket = await open();
  await say(socket, 'x');
  proxy.swallowRequests(true);
  socket.write('lost');
  const other = await open();
  const ended = ending(socket);
  await expect.poll(() => proxy.connections()).toBe(2);
  await new Promise((resolve) => setTimeout(resolve, 50));
  proxy.swallowRequests(false);
  expect(await ended).toBe('ECONNRESET');
  expect(received).toBe(1);
  expect(await say(other, 'fine')).toBe('fine');
});

test('dropAll resets, endAll ends', async () => {
  const [first, second] = [await open(), await open()];
  await Promise.all([say(first, 'x'), say(second, 'x')]);
  const endings = [ending(first), ending(second)];
  proxy.dropAll();
  expect(await Promise.all(endings)).toEqual(['ECONNRESET', 'ECONNRESET']);

  const third = await open();
  await say(third, 'x');
  const ended = ending(third);
  proxy.endAll();
  expect(await ended).toBe('end');
});

test('a delay holds replies back and keeps their order, also when it is lifted', async () => {
  const socket = await open();
  let heard = '';
  socket.on('data', (chunk) => {
    heard += chunk;
  });
  proxy.delayMs(200);
  const started = performance.now();
  socket.write('a');
  await expect.poll(() => received).toBe(1);
  proxy.delayMs(0);
  socket.write('b');
  await expect.poll(() => heard).toBe('ab');
  expect(performance.now() - started).toBeGreaterThan(190);
});

test('refuses new connections while told to, on the same port afterwards', async () => {
  const open1 = await open();
  await proxy.refuse(true);
  await expect(open()).rejects.toThrow('ECONNREFUSED');
  expect(await say(open1, 'goes on')).toBe('goes on');
  await proxy.refuse(false);
  expect(await say(await open(), 'back')).toBe('back');
});
