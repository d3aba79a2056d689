import { fieldsOf, isSameField, setField, textOf } from './fields.js';
import { type Edits, TextEdits } from './merge.js';
import type { Fields, LiveRecord } from './session-record.js';

/** A session as it was loaded. What is changed in `data` is stored by `save`. */
export interface Session<T extends object> {
  /** The secret that the client holds. It is no enumerable field, so that a log of a session has it not. */
  readonly id: string;
  /** Names it for `list` and `revoke`. It is a hash: it logs nobody in, and changes with the id. */
  readonly handle: string;
  /** Its fields, to be changed in place; each field is merged by itself when it is saved. */
  readonly data: T;
  /** Who it belongs to. */
  readonly user: string | undefined;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  /** When it was last saved or touched. */
  readonly seenAt: number;
  /** When it ends at the latest, however much it is used. */
  readonly endsAt: number | undefined;
  /** Leaves a value for the next request; stored by `save`. */
  setFlash(name: string, value: unknown): void;
  /** Takes a value that an earlier request left; gone once it is saved. */
  takeFlash(name: string): unknown;
}

/** A {@link Session} with what its store has to know. */
export class LoadedSession<T extends object> implements Session<T> {
  readonly #id: string;
  #data: T | undefined;
  #flash: Record<string, unknown> | undefined;
  /** Under which it is stored. */
  name: string;
  /** As it was stored when this was last in step with it. */
  record: LiveRecord;

  constructor(id: string, name: string, record: LiveRecord) {
    this.#id = id;
    this.name = name;
    this.record = record;
  }

  get id(): string {
    return this.#id;
  }

  get handle(): string {
    return this.name;
  }

  /** Many requests only ask whether there is a session. */
  get data(): T {
    this.#data ??= fieldsOf(this.record.data) as T;
    return this.#data;
  }

  get flash(): Record<string, unknown> {
    this.#flash ??= fieldsOf(this.record.flash);
    return this.#flash;
  }

  get user(): string | undefined {
    return this.record.user;
  }

  get createdAt(): number {
    return Number(this.record.made);
  }

  get seenAt(): number {
    return Number(this.record.seen);
  }

  get endsAt(): number | undefined {
    return this.record.ends;
  }

  setFlash(name: string, value: unknown): void {
    setField(this.flash, name, value);
  }

  takeFlash(name: string): unknown {
    if (!Object.hasOwn(this.flash, name)) return undefined;
    const value = this.flash[name];
    delete this.flash[name];
    return value;
  }

  /** What has been changed in its data and in its flash values, as they are now. */
  edits(): { readonly data: TextEdits; readonly flash: TextEdits } {
    const { data, flash } = this.record;
    return {
      data: new TextEdits(data, this.#data ? textOf(this.#data) : data),
      flash: new TextEdits(flash, this.#flash ? textOf(this.#flash) : flash),
    };
  }

  /**
   * Takes over what is stored now, in place; but for what has been changed here since the edits were taken:
   * that is for the next save.
   */
  follow(name: string, record: LiveRecord, data: TextEdits, flash: TextEdits): void {
    this.name = name;
    this.record = record;
    follow(this.#data as Record<string, unknown> | undefined, record.data, data);
    follow(this.#flash, record.flash, flash);
  }
}

function follow(fields: Record<string, unknown> | undefined, text: string, sent: TextEdits): void {
  // What nobody else has changed is as it was sent; what nobody has asked for is read when somebody does.
  if (fields && text !== sent.next) followFields(fields, fieldsOf(text), sent.edits);
}

function followFields(fields: Record<string, unknown>, stored: Fields, edits: Edits): void {
  for (const name of new Set([...Object.keys(fields), ...Object.keys(stored)])) {
    const sent = edits.changed.includes(name) ? edits.next : edits.base;
    if (isSameField(name, fields, stored) || !isSameField(name, fields, sent)) continue;
    if (Object.hasOwn(stored, name)) setField(fields, name, stored[name]);
    else delete fields[name];
  }
}
