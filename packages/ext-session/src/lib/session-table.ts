import { type CallOptions, type Change, isKvError, KvError, type Store } from '@grovekv/kv-core';
import type { SessionBackend, SessionSettings } from './options.js';
import { asStored, sessionCodec } from './record-codec.js';
import { type DeadRecord, isLive, type LiveRecord, type SessionRecord } from './session-record.js';
import type { Signature } from './signature.js';
import { inDoubt, signedUpdate } from './signed-update.js';

/** A tombstone outlasts every call that could still be under way, and the pointers that lead to it. */
const TOMBSTONE_MS = 120_000;

/** What a change of a session has come to. */
export type Changed =
  | { readonly type: 'done'; readonly record: LiveRecord }
  | { readonly type: 'gone' }
  | { readonly type: 'moved'; readonly to: string; readonly sealed: LiveRecord | undefined };

/** A session that is being changed. */
export type Draft = { -readonly [Name in keyof LiveRecord]: LiveRecord[Name] };

/** Changes a draft in place; `current` is what it was. */
export type Edit = (draft: Draft, current: LiveRecord, now: number) => void;

const GONE: Changed = { type: 'gone' };
const IDEMPOTENT = { idempotent: true } as const;

/** The records of sessions. Each method is one read or one write of one of them. */
export class SessionTable {
  readonly #records: Store<SessionRecord>;
  /** The same records as they are stored. */
  readonly #stored: Store<Uint8Array>;
  readonly #settings: SessionSettings;

  constructor(store: SessionBackend, prefix: string, settings: SessionSettings) {
    const here = store.namespace(prefix);
    this.#records = here.with({ codec: sessionCodec });
    this.#stored = here.with({ codec: asStored });
    this.#settings = settings;
  }

  /** What is stored, be it over. */
  read(name: string, options?: CallOptions): Promise<SessionRecord | undefined> {
    return this.#records.get<SessionRecord>(keyOf(name), options);
  }

  /** Without what has ended. */
  current(record: SessionRecord | undefined): SessionRecord | undefined {
    if (!isLive(record) || record.ends === undefined) return record;
    return record.ends > this.#settings.clock.now() ? record : undefined;
  }

  async readMany(names: readonly string[], options?: CallOptions) {
    const records = await this.#records.getMany<SessionRecord>(names.map(keyOf), options);
    return records.map((record) => this.current(record));
  }

  /** Makes it unless there is something, be it a tombstone. */
  async create(name: string, record: LiveRecord, options?: CallOptions): Promise<void> {
    const ttlMs = this.#ttlOf(record, this.#settings.clock.now());
    try {
      await this.#records.set(keyOf(name), record, { if: 'absent', ttlMs, ...options });
    } catch (error) {
      if (!inDoubt(error) || options?.signal?.aborted) throw error;
      // What is there by now is this very record, or what has become of it.
      await this.#records.update<SessionRecord, undefined>(
        keyOf(name),
        (stored) =>
          stored === undefined
            ? { put: record, ttlMs, result: undefined }
            : { keep: true, result: undefined },
        { ...IDEMPOTENT, ...options },
      );
    }
  }

  /**
   * Makes the change of this signature, of a session that is there; never makes one. `known` is what the
   * caller has seen of it. Answers with what `answer` makes of the outcome.
   */
  change<R>(
    name: string,
    own: Signature,
    edit: Edit,
    known: LiveRecord | undefined,
    answer: (changed: Changed) => R | Promise<R>,
    options?: CallOptions,
  ): Promise<R> {
    const key = keyOf(name);
    const step = (
      bytes: Uint8Array | undefined,
      signature: Signature,
    ): Change<Uint8Array, Changed> => {
      const seen = bytes !== undefined && bytes === known?.bytes;
      const stored = seen ? known : decoded(bytes, key);
      const settled = signature.isSettled(stored?.changes ?? '');
      const current = this.current(stored);
      if (current === undefined || current.type === 'dead') return keep(GONE);
      if (!isLive(current)) return keep({ type: 'moved', to: current.to, sealed: undefined });
      if (settled) return keep({ type: 'done', record: current });
      if (current.to !== undefined) return keep(movedOf(current, current.to));
      const now = this.#settings.clock.now();
      const record: Draft = { ...current, seen: `${now}` };
      edit(record, current, now);
      record.changes = signature.sign(current.changes);
      const put = sessionCodec.encode(record);
      record.bytes = put;
      return { put, ttlMs: this.#ttlOf(record, now), result: { type: 'done', record } };
    };
    const seen = { signal: options?.signal, seen: known?.bytes };
    return signedUpdate(this.#stored, key, step, seen, answer, own);
  }

  /** After a move: what leads to the new place for a while, or to nothing. */
  async leave(name: string, to: string | undefined, options?: CallOptions): Promise<void> {
    const { graceMs } = this.#settings;
    const put: SessionRecord =
      to === undefined ? { type: 'dead', changes: '' } : { type: 'moved', to };
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
    let buried: LiveRecord | undefined;
    const step = (
      stored: SessionRecord | undefined,
      signature: Signature,
    ): Change<SessionRecord, Changed> => {
      const settled = signature.isSettled(stored?.changes ?? '');
      const current = this.current(stored);
      if (current === undefined) return keep(GONE);
      if (current.type === 'dead') {
        return keep(settled && buried ? { type: 'done', record: buried } : GONE);
      }
      if (!isLive(current)) return keep({ type: 'moved', to: current.to, sealed: undefined });
      if (current.to !== undefined) return keep(movedOf(current, current.to));
      buried = current;
      const put: DeadRecord = { type: 'dead', changes: signature.sign(current.changes) };
      const ttlMs = TOMBSTONE_MS + this.#settings.graceMs;
      return { put, ttlMs, result: { type: 'done', record: current } };
    };
    return signedUpdate(this.#records, keyOf(name), step, options, (changed: Changed) => changed);
  }

  #ttlOf({ ends }: LiveRecord, now: number): number {
    const { ttlMs } = this.#settings;
    return ends === undefined ? ttlMs : Math.max(1, Math.min(ttlMs, Math.ceil(ends - now)));
  }
}

function decoded(bytes: Uint8Array | undefined, key: string): SessionRecord | undefined {
  try {
    return bytes && sessionCodec.decode(bytes);
  } catch (error) {
    if (!isKvError(error)) throw error;
    throw new KvError(error.code, error.message, { key });
  }
}

function keep(result: Changed): { readonly keep: true; readonly result: Changed } {
  return { keep: true, result };
}

function movedOf(sealed: LiveRecord, to: string): Changed {
  return sealed.strict ? GONE : { type: 'moved', to, sealed };
}

function keyOf(name: string): string {
  return `id:${name}`;
}
