import { Hono } from 'hono';
import { streamSSE } from 'hono/streaming';
import { type Demo, UnknownAction } from '../demos/demo.js';
import { counterPage } from '../pages/counter-page.js';
import { layout, type PageContext } from '../pages/layout.js';
import { leaderboardPage } from '../pages/leaderboard-page.js';
import { limiterPage } from '../pages/limiter-page.js';
import { lockPage } from '../pages/lock-page.js';
import { overviewPage } from '../pages/overview-page.js';
import { queuePage } from '../pages/queue-page.js';
import { sessionPage } from '../pages/session-page.js';
import { CrewError } from '../workers/crew.js';
import { serveFiles } from './files.js';
import { sameOrigin } from './same-origin.js';

const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'";
const KEEP_ALIVE_MS = 15_000;

const pages = [
  overviewPage,
  lockPage,
  counterPage,
  limiterPage,
  sessionPage,
  leaderboardPage,
  queuePage,
];

/** The web app: pages, files, a stream of snapshots for each demo, and its buttons. */
export function createApp(demos: Readonly<Record<string, Demo>>, context: PageContext): Hono {
  const app = new Hono();
  app.use(sameOrigin());
  app.use(async (context, next) => {
    await next();
    context.header('content-security-policy', `${POLICY}; frame-ancestors 'none'; base-uri 'none'`);
    context.header('x-content-type-options', 'nosniff');
    context.header('referrer-policy', 'no-referrer');
  });
  serveFiles(app);
  for (const page of pages) app.get(page.path, (c) => c.html(layout(page, pages, context)));

  for (const [name, demo] of Object.entries(demos)) {
    app.get(`/api/${name}/events`, (c) => streamSSE(c, (stream) => follow(demo, stream)));
    app.post(`/api/${name}/:action/:worker?`, async (c) => {
      const worker = c.req.param('worker');
      if (worker !== undefined && !/^[0-9]{1,6}$/.test(worker)) return c.notFound();
      await demo.act(c.req.param('action'), worker === undefined ? undefined : Number(worker));
      return c.body(null, 204);
    });
  }

  app.notFound((c) => c.text('There is nothing here.', 404));
  app.onError((error, c) => {
    if (error instanceof UnknownAction) return c.text('There is no such action.', 404);
    if (error instanceof CrewError) return c.text(error.message, 409);
    return c.text(error.message, 500);
  });
  return app;
}

interface Stream {
  readonly aborted: boolean;
  writeSSE(message: { data: string; event?: string }): Promise<void>;
  onAbort(listener: () => void): void;
}

/** Sends a snapshot at once and after each change, the newest only if the reader is slow. */
async function follow(demo: Demo, stream: Stream): Promise<void> {
  let wake: () => void = () => {};
  let changed = true;
  const signal = (): void => {
    changed = true;
    wake();
  };
  const forget = demo.watch(signal);
  const alive = setInterval(signal, KEEP_ALIVE_MS);
  stream.onAbort(() => wake());
  try {
    while (!stream.aborted) {
      if (changed) {
        changed = false;
        await stream.writeSSE({ data: JSON.stringify(demo.snapshot()) });
      } else {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    }
  } finally {
    clearInterval(alive);
    forget();
  }
}
