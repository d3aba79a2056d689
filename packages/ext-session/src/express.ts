export {
  type ExpressSessionStore,
  type ExpressStoreClass,
  expressStore,
} from './lib/adapters/express-store.js';
export type { AdapterOptions } from './lib/adapters/foreign-sessions.js';
