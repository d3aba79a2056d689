export { type FastifySessionStore, fastifyStore } from './lib/adapters/fastify-store.js';
export type { AdapterOptions } from './lib/adapters/foreign-sessions.js';
