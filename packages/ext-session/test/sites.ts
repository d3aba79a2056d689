import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import fastifyCookie from '@fastify/cookie';
import fastifySession from '@fastify/session';
import type { Store } from '@grovekv/kv-core';
import express from 'express';
import expressSession from 'express-session';
import fastify from 'fastify';
import { Hono } from 'hono';
import { type Session as HonoSession, sessionMiddleware } from 'hono-sessions';
import { expressStore } from '../src/express.js';
import { fastifyStore } from '../src/fastify.js';
import { honoStore } from '../src/hono.js';

const TTL_MS = 60_000;
const SECRET = 'a secret of at least thirty-two characters';

/** Holds requests back until the test lets them go. */
export class Gate {
  #arrived = 0;
  #open: () => void = () => {};
  readonly #opened = new Promise<void>((resolve) => {
    this.#open = resolve;
  });
  #hear: () => void = () => {};

  async pass(): Promise<void> {
    this.#arrived += 1;
    this.#hear();
    await this.#opened;
  }

  async holds(count: number): Promise<void> {
    while (this.#arrived < count) {
      await new Promise<void>((resolve) => {
        this.#hear = resolve;
      });
    }
  }

  open(): void {
    this.#open();
  }
}

/**
 * A site with the same pages whatever it is built with: `/set/:name/:value`, `/hold/:name/:value` which
 * waits at the gate before it ends, `/show`, `/log-in/:user`, `/log-out`.
 */
export interface Site {
  readonly url: string;
  close(): Promise<void>;
}

/** What makes one. */
export type Build = (store: Store, gate: Gate) => Promise<Site>;

export const expressSite: Build = async (store, gate) => {
  const app = express();
  app.use(
    expressSession({
      store: expressStore(expressSession, store, { ttlMs: TTL_MS }),
      secret: SECRET,
      name: 'sid',
      resave: false,
      saveUninitialized: false,
    }),
  );
  const fields = (request: express.Request): Record<string, unknown> =>
    request.session as unknown as Record<string, unknown>;
  app.get('/set/:name/:value', (request, response) => {
    fields(request)[request.params.name] = request.params.value;
    response.send('ok');
  });
  app.get('/hold/:name/:value', async (request, response) => {
    fields(request)[request.params.name] = request.params.value;
    await gate.pass();
    response.send('ok');
  });
  app.get('/show', (request, response) => {
    const { cookie: _, ...shown } = fields(request);
    response.json(shown);
  });
  app.get('/log-in/:user', (request, response, next) => {
    request.session.regenerate((error) => {
      if (error) return next(error);
      fields(request).user = request.params.user;
      response.send('ok');
    });
  });
  app.get('/log-out', (request, response, next) => {
    request.session.destroy((error) => (error ? next(error) : response.send('ok')));
  });
  app.use((error: Error, _: express.Request, response: express.Response, next: () => void) => {
    if (response.headersSent) return next();
    response.status(500).send(error.name);
  });
  return listening(app);
};

export const fastifySite: Build = async (store, gate) => {
  const app = fastify();
  await app.register(fastifyCookie);
  await app.register(fastifySession, {
    store: fastifyStore(store, { ttlMs: TTL_MS }) as never,
    secret: SECRET,
    cookieName: 'sid',
    cookie: { secure: false },
    saveUninitialized: false,
  });
  type Params = { Params: { name: string; value: string; user: string } };
  app.get<Params>('/set/:name/:value', async ({ session, params }) => {
    session.set(params.name as never, params.value as never);
    return 'ok';
  });
  app.get<Params>('/hold/:name/:value', async ({ session, params }) => {
    session.set(params.name as never, params.value as never);
    await gate.pass();
    return 'ok';
  });
  app.get('/show', async ({ session }) => {
    const shown = JSON.parse(JSON.stringify(session)) as Record<string, unknown>;
    return Object.fromEntries(
      Object.entries(shown).filter(([name]) => name !== 'cookie' && !name.startsWith('__')),
    );
  });
  app.get<Params>('/log-in/:user', async (request) => {
    await request.session.regenerate();
    request.session.set('user' as never, request.params.user as never);
    return 'ok';
  });
  app.get('/log-out', async ({ session }) => {
    await session.destroy();
    return 'ok';
  });
  const url = await app.listen({ port: 0, host: '127.0.0.1' });
  return { url, close: () => app.close() };
};

export const honoSite: Build = async (store, gate) => {
  type Fields = Record<string, unknown>;
  const app = new Hono<{
    Variables: { session: HonoSession<Fields>; session_key_rotation: boolean };
  }>();
  app.use(
    sessionMiddleware({
      store: honoStore(store, { ttlMs: TTL_MS }) as never,
      sessionCookieName: 'sid',
      expireAfterSeconds: TTL_MS / 1_000,
    }) as never,
  );
  app.get('/set/:name/:value', (c) => {
    c.get('session').set(c.req.param('name'), c.req.param('value'));
    return c.text('ok');
  });
  app.get('/hold/:name/:value', async (c) => {
    c.get('session').set(c.req.param('name'), c.req.param('value'));
    await gate.pass();
    return c.text('ok');
  });
  app.get('/show', (c) => {
    const { _data: data } = c.get('session').getCache();
    return c.json(
      Object.fromEntries(Object.entries(data).map(([name, { value }]) => [name, value])) as object,
    );
  });
  app.get('/log-in/:user', (c) => {
    c.get('session').set('user', c.req.param('user'));
    c.set('session_key_rotation', true);
    return c.text('ok');
  });
  app.get('/log-out', (c) => {
    c.get('session').deleteSession();
    return c.text('ok');
  });
  return listening(async (request, response) => {
    const headers = { cookie: request.headers.cookie ?? '' };
    const answer = await app.request(request.url ?? '/', { headers });
    response.writeHead(answer.status, { 'set-cookie': answer.headers.getSetCookie() });
    response.end(await answer.text());
  });
};

async function listening(listener: RequestListener): Promise<Site> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
