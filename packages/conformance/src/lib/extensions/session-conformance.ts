import type { Store } from '@grovekv/kv-core';
import type { SuiteOptions } from '../suite/options.js';
import { registerTests, type TestRunner } from '../suite/register-tests.js';
import { planConformance } from '../suite/run-conformance.js';
import { sessionTheme } from './session-theme.js';

/** What the suite asks of a session. */
export interface SessionUnderTest {
  readonly id: string;
  readonly data: Record<string, unknown>;
}

/** What the suite asks of a store of sessions; `createSessionStore` of `@grovekv/ext-session` makes one. */
export interface SessionsUnderTest<S extends SessionUnderTest = SessionUnderTest> {
  create(
    data: Record<string, unknown>,
    options?: { readonly user?: string | undefined },
  ): Promise<S>;
  get(id: string): Promise<S | undefined>;
  save(session: S): Promise<void>;
  touch(session: S): Promise<boolean>;
  destroy(session: S | string): Promise<boolean>;
  regenerate(session: S, options?: { readonly user?: string | null | undefined }): Promise<S>;
  list(user: string): Promise<readonly { readonly handle: string }[]>;
  revoke(user: string, handle: string): Promise<boolean>;
  revokeAll(user: string): Promise<boolean>;
}

/** What {@link sessionConformance} needs. */
export interface SessionConformanceOptions extends SuiteOptions {
  /** Makes the sessions under a prefix of a store. Idle sessions end after `ttlMs`. */
  createSessions(
    store: Store,
    options: { readonly prefix: string; readonly ttlMs: number; readonly maxPerUser?: number },
  ): SessionsUnderTest;
}

/**
 * Registers the suite of sessions on a driver: ended ones stay ended whatever is under way, no saved field
 * is lost, ids are minted and not to be read from the store, a user's sessions end together, lost replies.
 */
export function sessionConformance(options: SessionConformanceOptions & TestRunner): void {
  registerTests(
    `sessions on ${options.name} conform`,
    options,
    planConformance(options, [sessionTheme(options)]),
  );
}
