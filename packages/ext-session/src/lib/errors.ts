import { KvError } from '@grovekv/kv-core';

/**
 * The session that was to be changed is not there any more: destroyed, revoked or expired since it was
 * loaded. Code `SESSION_DESTROYED`; nothing was changed.
 */
export class SessionDestroyedError extends KvError {
  override readonly name: string = 'SessionDestroyedError';

  constructor() {
    super('SESSION_DESTROYED', 'the session is not there any more');
  }
}

/**
 * A field that was to be saved has been changed by somebody else since the session was loaded. Code
 * `SESSION_CONFLICT`; nothing was changed.
 */
export class SessionConflictError extends KvError {
  override readonly name: string = 'SessionConflictError';
  /** The fields in question; empty if any concurrent change is refused. */
  readonly fields: readonly string[];

  constructor(fields: readonly string[]) {
    super('SESSION_CONFLICT', 'the session has been changed since it was loaded');
    this.fields = fields;
  }
}
