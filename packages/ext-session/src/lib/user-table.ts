import type { CallOptions, Store } from '@grovekv/kv-core';
import type { SessionBackend, SessionSettings } from './options.js';
import { type UserRecord, userCodec, withChange } from './session-record.js';

const IDEMPOTENT = { idempotent: true } as const;

/**
 * One record for each user, which says what of their sessions counts: one that it does not list is as
 * good as destroyed. So one write ends them all, those included that are being made.
 */
export class UserTable {
  readonly #records: Store<UserRecord>;
  readonly #settings: SessionSettings;

  constructor(store: SessionBackend, prefix: string, settings: SessionSettings) {
    this.#records = store.namespace(prefix).with({ codec: userCodec });
    this.#settings = settings;
  }

  async sessions(user: string, options?: CallOptions): Promise<readonly string[]> {
    return (await this.#records.get<UserRecord>(keyOf(user), options))?.sessions ?? [];
  }

  /** Lists a session; with more than the user may have, the oldest end. */
  add(user: string, name: string, change: string, options?: CallOptions): Promise<boolean> {
    return this.#change(user, change, options, (sessions) =>
      [...sessions.filter((other) => other !== name), name].slice(-this.#settings.maxPerUser),
    );
  }

  /** Lists `next` in the place of `name`; `false` if that is not listed, and then neither is `next`. */
  replace(user: string, name: string, next: string, options?: CallOptions): Promise<boolean> {
    return this.#records.update<UserRecord, boolean>(
      keyOf(user),
      (stored) => {
        const sessions = stored?.sessions ?? [];
        if (sessions.includes(next)) return { keep: true, result: true };
        if (!sessions.includes(name)) return { keep: true, result: false };
        const put = {
          ...stored!,
          sessions: sessions.map((other) => (other === name ? next : other)),
        };
        return { put, ttlMs: this.#ttlMs, result: true };
      },
      { ...IDEMPOTENT, ...options },
    );
  }

  /** Lists none of these any more. `false` if none was. */
  remove(
    user: string,
    names: readonly string[],
    change: string,
    options?: CallOptions,
  ): Promise<boolean> {
    return this.#change(user, change, options, (sessions) =>
      sessions.filter((name) => !names.includes(name)),
    );
  }

  /** Lists this one alone, if it is listed, or none. `false` if there was no other. */
  keepOnly(
    user: string,
    name: string | undefined,
    change: string,
    options?: CallOptions,
  ): Promise<boolean> {
    return this.#change(user, change, options, (sessions) =>
      sessions.filter((other) => other === name),
    );
  }

  #change(
    user: string,
    change: string,
    options: CallOptions | undefined,
    edit: (sessions: readonly string[]) => readonly string[],
  ): Promise<boolean> {
    return this.#records.update<UserRecord, boolean>(
      keyOf(user),
      (stored) => {
        if (stored?.changes.includes(change)) return { keep: true, result: true };
        const before = stored?.sessions ?? [];
        const sessions = edit(before);
        if (
          sessions.length === before.length &&
          sessions.every((name, at) => name === before[at])
        ) {
          return { keep: true, result: false };
        }
        // An empty list says no more than none; it stays for a moment, so that the change is known again.
        const ttlMs = sessions.length === 0 ? EMPTY_MS : this.#ttlMs;
        const changes = withChange(stored?.changes ?? [], change);
        return { put: { v: 1, sessions, changes }, ttlMs, result: true };
      },
      { ...IDEMPOTENT, ...options },
    );
  }

  get #ttlMs(): number | 'none' {
    return this.#settings.absoluteMs ?? 'none';
  }
}

/** Longer than any call takes. */
const EMPTY_MS = 120_000;

function keyOf(user: string): string {
  return `user:${user}`;
}
