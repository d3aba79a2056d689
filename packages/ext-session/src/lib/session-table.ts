import type { CallOptions, Store } from '@grovekv/kv-core';
import type { SessionBackend, SessionSettings } from './options.js';
import {
  type DeadRecord,
  isLive,
  type LiveRecord,
  type SessionRecord,
  sessionCodec,
  withChange,
} from './session-record.js';

/** A tombstone outlasts every call that could still be under way, and the pointers that lead to it. */
const TOMBSTONE_MS = 120_000;
const DEAD: DeadRecord = { v: 1, dead: true };

/** What a change of a session has come to. */
export type Changed =
  | { readonly type: 'done'; readonly record: LiveRecord }
  | { readonly type: 'gone' }
  | { readonly type: 'moved'; readonly to: string; readonly sealed: LiveRecord | undefined };

const GONE: Changed = { type: 'gone' };
const IDEMPOTENT = { idempotent: true } as const;

/** The records of sessions. Each method is one read or one write of one of them. */
export class SessionTable {
  readonly #records: Store<SessionRecord>;
  readonly #settings: SessionSettings;

  constructor(store: SessionBackend, prefix: string, settings: SessionSettings) {
    this.#records = store.namespace(prefix).with({ codec: sessionCodec });
    this.#settings = settings;
  }

  /** What is stored, without what has ended. */
  async read(name: string, options?: CallOptions): Promise<SessionRecord | undefined> {
    const record = await this.#records.get<SessionRecord>(keyOf(name), options);
    return this.#current(record);
  }

  async readMany(names: readonly string[], options?: CallOptions) {
    const records = await this.#records.getMany<SessionRecord>(names.map(keyOf), options);
    return records.map((record) => this.#current(record));
  }

  /** Makes it unless there is something, be it a tombstone; whether it did. */
  create(name: string, record: LiveRecord, options?: CallOptions): Promise<boolean> {
    const ttlMs = this.#ttlOf(record, this.#settings.clock.now());
    return this.#records.set(keyOf(name), record, { if: 'absent', ttlMs, ...options });
  }

  /** Makes the change called `change` of a session that is there; never makes one. */
  change(
    name: string,
    change: string,
    edit: (record: LiveRecord, now: number) => LiveRecord,
    options?: CallOptions,
  ): Promise<Changed> {
    return this.#records.update<SessionRecord, Changed>(
      keyOf(name),
      (stored) => {
        const current = this.#current(stored);
        if (current === undefined || 'dead' in current) return { keep: true, result: GONE };
        if (!isLive(current)) {
          return { keep: true, result: { type: 'moved', to: current.to, sealed: undefined } };
        }
        if (current.changes.includes(change)) {
          return { keep: true, result: { type: 'done', record: current } };
        }
        if (current.to !== undefined) {
          const moved: Changed = { type: 'moved', to: current.to, sealed: current };
          return { keep: true, result: current.strict ? GONE : moved };
        }
        const now = this.#settings.clock.now();
        const edited = edit(current, now);
        const record = { ...edited, seen: now, changes: withChange(current.changes, change) };
        const ttlMs = this.#ttlOf(record, now);
        return { put: record, ttlMs, result: { type: 'done', record } };
      },
      { ...IDEMPOTENT, ...options },
    );
  }

  /** After a move: what leads to the new place for a while, or to nothing. */
  async leave(name: string, to: string | undefined, options?: CallOptions): Promise<void> {
    const { graceMs } = this.#settings;
    const put: SessionRecord = to === undefined ? DEAD : { v: 1, to };
    const ttlMs = to === undefined ? TOMBSTONE_MS : graceMs;
    await this.#records.update<SessionRecord, undefined>(
      keyOf(name),
      (stored) => {
        // Whoever helps may be late: what has been left, or ended, is left alone.
        const sealed = isLive(stored) && stored.to !== undefined;
        return sealed ? { put, ttlMs, result: undefined } : { keep: true, result: undefined };
      },
      { ...IDEMPOTENT, ...options },
    );
  }

  /** Puts a tombstone in the place of a session. Answers with what was there. */
  bury(name: string, options?: CallOptions): Promise<Changed> {
    return this.#records.update<SessionRecord, Changed>(
      keyOf(name),
      (stored) => {
        const current = this.#current(stored);
        if (current === undefined || 'dead' in current) return { keep: true, result: GONE };
        if (!isLive(current)) {
          return { keep: true, result: { type: 'moved', to: current.to, sealed: undefined } };
        }
        if (current.to !== undefined) {
          const moved: Changed = { type: 'moved', to: current.to, sealed: current };
          return { keep: true, result: current.strict ? GONE : moved };
        }
        const ttlMs = TOMBSTONE_MS + this.#settings.graceMs;
        return { put: DEAD, ttlMs, result: { type: 'done', record: current } };
      },
      options,
    );
  }

  #current(record: SessionRecord | undefined): SessionRecord | undefined {
    if (!isLive(record) || record.ends === undefined) return record;
    return record.ends > this.#settings.clock.now() ? record : undefined;
  }

  #ttlOf({ ends }: LiveRecord, now: number): number {
    const { ttlMs } = this.#settings;
    return ends === undefined ? ttlMs : Math.max(1, Math.min(ttlMs, Math.ceil(ends - now)));
  }
}

function keyOf(name: string): string {
  return `id:${name}`;
}
