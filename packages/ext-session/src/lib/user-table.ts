import type { CallOptions, Store } from '@grovekv/kv-core';
import type { SessionBackend, SessionSettings } from './options.js';
import { userCodec } from './record-codec.js';
import type { UserRecord } from './session-record.js';
import { signedUpdate } from './signed-update.js';

/** Longer than any call takes. */
const EMPTY_MS = 120_000;

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

  /**
   * Lists a session. If the user has as many as may be, those of `over` are taken off, then the oldest.
   * Without `over` a full list is left alone, and is the answer: its caller finds out what is over.
   */
  add(
    user: string,
    name: string,
    over: readonly string[] | undefined,
    options?: CallOptions,
  ): Promise<readonly string[] | undefined> {
    const { maxPerUser } = this.#settings;
    return this.#change<readonly string[] | undefined>(user, options, undefined, (sessions) => {
      const others = sessions.filter((other) => other !== name);
      if (others.length >= maxPerUser && !over) return { result: others };
      const live = others.filter((other) => !over?.includes(other));
      return { sessions: [...live, name].slice(-maxPerUser), result: undefined };
    });
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
      { idempotent: true, ...options },
    );
  }

  /** Lists none of these any more. `false` if none was. */
  remove(user: string, names: readonly string[], options?: CallOptions): Promise<boolean> {
    return this.#filter(user, options, (name) => !names.includes(name));
  }

  /** Lists this one alone, if it is listed, or none. `false` if there was no other. */
  keepOnly(user: string, name: string | undefined, options?: CallOptions): Promise<boolean> {
    return this.#filter(user, options, (other) => other === name);
  }

  #filter(
    user: string,
    options: CallOptions | undefined,
    stays: (name: string) => boolean,
  ): Promise<boolean> {
    return this.#change(user, options, true, (sessions) => {
      const left = sessions.filter(stays);
      return left.length === sessions.length ? { result: false } : { sessions: left, result: true };
    });
  }

  /** Changes the list; `done` is the answer of a change that finds itself in the record. */
  #change<R>(
    user: string,
    options: CallOptions | undefined,
    done: R,
    edit: (sessions: readonly string[]) => { sessions?: readonly string[]; result: R },
  ): Promise<R> {
    return signedUpdate<UserRecord, R, R>(
      this.#records,
      keyOf(user),
      (stored, signature) => {
        const before = stored?.changes ?? '';
        if (signature.isSettled(before)) return { keep: true, result: done };
        const { sessions, result } = edit(stored?.sessions ?? []);
        if (!sessions) return { keep: true, result };
        // An empty list says no more than none; it stays for a moment, so that the change is known again.
        const ttlMs = sessions.length === 0 ? EMPTY_MS : this.#ttlMs;
        return { put: { sessions, changes: signature.sign(before) }, ttlMs, result };
      },
      options,
      (result) => result,
    );
  }

  get #ttlMs(): number | 'none' {
    return this.#settings.absoluteMs ?? 'none';
  }
}

function keyOf(user: string): string {
  return `user:${user}`;
}
