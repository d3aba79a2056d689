export type { AdapterOptions } from './lib/adapters/foreign-sessions.js';
export { type HonoSessionStore, honoStore } from './lib/adapters/hono-store.js';
