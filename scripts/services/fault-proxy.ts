import { createConnection, createServer, type Server, type Socket } from 'node:net';
import { freePort } from './free-port.js';

/** A TCP proxy on 127.0.0.1 that fails on demand. */
export interface FaultProxy {
  readonly port: number;
  /** How many client connections are open. */
  connections(): number;
  /**
   * While on, what the server sends is lost: requests take effect, their replies never come. Off
   * resets the connections that lost something, since later replies would be matched wrongly.
   */
  swallowReplies(on: boolean): void;
  /** While on, what clients send is lost. Off resets the connections that lost something. */
  swallowRequests(on: boolean): void;
  /** Resets every connection (RST). */
  dropAll(): void;
  /** Ends every connection towards the client in an orderly way (FIN). */
  endAll(): void;
  /** Holds back what the server sends by so many milliseconds, in order; 0 for none. */
  delayMs(ms: number): void;
  /** While on, new connections are refused. Open ones go on. */
  refuse(on: boolean): Promise<void>;
  close(): Promise<void>;
}

interface Link {
  readonly client: Socket;
  readonly server: Socket;
  lost: boolean;
}

/** Starts a {@link FaultProxy} in front of a server on 127.0.0.1. */
export async function startFaultProxy(targetPort: number): Promise<FaultProxy> {
  const links = new Set<Link>();
  const state = { swallowReplies: false, swallowRequests: false, delay: 0 };

  const accept = (client: Socket): void => {
    const server = createConnection({ port: targetPort, host: '127.0.0.1', noDelay: true });
    const link: Link = { client, server, lost: false };
    links.add(link);
    client.setNoDelay(true);
    const reset = (): void => {
      links.delete(link);
      client.resetAndDestroy();
      server.resetAndDestroy();
    };
    const reply = inOrder((chunk: Buffer) => client.write(chunk));
    client.on('data', (chunk) => {
      if (state.swallowRequests) link.lost = true;
      else server.write(chunk);
    });
    server.on('data', (chunk) => {
      if (state.swallowReplies) link.lost = true;
      else reply(chunk, state.delay);
    });
    client.on('error', reset);
    server.on('error', reset);
    client.on('end', () => server.end());
    server.on('end', () => client.end());
    client.on('close', () => {
      links.delete(link);
      server.destroy();
    });
    server.on('close', () => client.destroySoon());
  };

  const dropWhere = (picked: (link: Link) => boolean): void => {
    for (const link of [...links].filter(picked)) {
      links.delete(link);
      link.client.resetAndDestroy();
      link.server.resetAndDestroy();
    }
  };
  const swallow = (which: 'swallowReplies' | 'swallowRequests', on: boolean): void => {
    state[which] = on;
    if (!on) dropWhere((link) => link.lost);
  };

  const port = await freePort();
  let listener: Server | undefined = await listen(port, accept);
  const stopListening = (): void => {
    listener?.close();
    listener = undefined;
  };
  return {
    port,
    connections: () => links.size,
    swallowReplies: (on) => swallow('swallowReplies', on),
    swallowRequests: (on) => swallow('swallowRequests', on),
    dropAll: () => dropWhere(() => true),
    endAll() {
      for (const link of links) link.client.end();
    },
    delayMs(ms) {
      state.delay = ms;
    },
    async refuse(on) {
      if (on) stopListening();
      else listener ??= await listen(port, accept);
    },
    async close() {
      stopListening();
      dropWhere(() => true);
    },
  };
}

function listen(port: number, accept: (client: Socket) => void): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer({ allowHalfOpen: true }, accept);
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve(server));
  });
}

/** Passes items on after a delay each, never one before an earlier one. */
function inOrder<T>(pass: (item: T) => void): (item: T, delayMs: number) => void {
  const waiting: { item: T; due: number }[] = [];
  const pump = (): void => {
    for (let next = waiting[0]; next && next.due <= performance.now(); next = waiting[0]) {
      waiting.shift();
      pass(next.item);
    }
    if (waiting[0]) setTimeout(pump, Math.max(1, Math.ceil(waiting[0].due - performance.now())));
  };
  return (item, delayMs) => {
    if (delayMs === 0 && waiting.length === 0) return pass(item);
    waiting.push({ item, due: performance.now() + delayMs });
    if (waiting.length === 1) setTimeout(pump, delayMs);
  };
}
