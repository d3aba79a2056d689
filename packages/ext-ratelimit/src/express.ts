export { type ExpressRateLimitStore, expressStore } from './lib/adapters/express-store.js';
