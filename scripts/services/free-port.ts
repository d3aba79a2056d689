import { createServer } from 'node:net';

/**
 * A free port on 127.0.0.1, below the range from which systems take the ports of outgoing
 * connections. So nobody can take it while a server that is killed and restarted is away, and a
 * client that dials in the meantime cannot end up connected to itself.
 */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < 200; attempt++) {
    // A Redis Cluster node also listens on its port + 10,000, which must stay below that range too.
    const port = 11_000 + Math.floor(Math.random() * 11_000);
    if ((await isFree(port)) && (await isFree(port + 10_000))) return port;
  }
  throw new Error('no free port between 11000 and 22000');
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
