import type { AddressInfo } from 'node:net';
import { type ServerType, serve } from '@hono/node-server';
import type { Hono } from 'hono';

/** A server that listens. */
export interface Listening {
  readonly port: number;
  close(): Promise<void>;
}

/** Listens on loopback, on `port` or, if that is taken, on a free one. */
export async function listen(app: Hono, port: number): Promise<Listening> {
  try {
    return await listenOn(app, port);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    return await listenOn(app, 0);
  }
}

function listenOn(app: Hono, port: number): Promise<Listening> {
  return new Promise((resolve, reject) => {
    const server: ServerType = serve({ fetch: app.fetch, port, hostname: '127.0.0.1' });
    server.once('error', reject);
    server.once('listening', () => {
      server.off('error', reject);
      resolve({
        port: (server.address() as AddressInfo).port,
        close: () =>
          new Promise((closed) => {
            server.close(() => closed());
            // The streams of open pages would keep it open for ever.
            if ('closeAllConnections' in server) server.closeAllConnections();
          }),
      });
    });
  });
}
