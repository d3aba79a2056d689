export { type BetterAuthStorage, betterAuthStorage } from './lib/adapters/better-auth-storage.js';
