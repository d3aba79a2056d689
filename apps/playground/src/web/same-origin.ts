import type { MiddlewareHandler } from 'hono';

/**
 * Lets only pages of this server in. The Host header keeps out names that were bound to 127.0.0.1 after
 * the fact (DNS rebinding); the Origin header keeps out posts of other pages.
 */
export function sameOrigin(): MiddlewareHandler {
  return async (context, next) => {
    const host = context.req.header('host') ?? '';
    if (!isLocal(host)) return context.text('This server answers to localhost only.', 403);
    if (context.req.method === 'POST' && context.req.header('origin') !== `http://${host}`) {
      return context.text('Only pages of this server may do that.', 403);
    }
    return next();
  };
}

function isLocal(host: string): boolean {
  return /^(?:localhost|127\.0\.0\.1)(?::[0-9]+)?$/.test(host);
}
