export { SessionConflictError, SessionDestroyedError } from './lib/errors.js';
export type { SessionBackend, SessionOptions } from './lib/options.js';
export type { Session } from './lib/session.js';
export {
  type CreateOptions,
  createSessionStore,
  type RegenerateOptions,
  type SessionInfo,
  type SessionStore,
} from './lib/session-store.js';
