import { stringifyJson } from '@grovekv/kv-core/codecs';
import { SessionConflictError } from './errors.js';
import { copyOf, fieldsOf, isSame, isSameField, setField } from './fields.js';
import type { Fields } from './session-record.js';

/** What a holder of a session has changed since it was loaded. */
export interface Edits {
  readonly base: Fields;
  /** Copies of the changed fields as they were at the call; those that are not there were removed. */
  readonly next: Fields;
  readonly changed: readonly string[];
}

/** Compares what was loaded with what it has become. */
export function editsOf(base: Fields, next: Fields): Edits {
  const changed: string[] = [];
  const values: Record<string, unknown> = {};
  for (const name of Object.keys(next)) {
    if (Object.hasOwn(base, name) && isSame(base[name], next[name])) continue;
    changed.push(name);
    setField(values, name, copyOf(next[name]));
  }
  for (const name of Object.keys(base)) if (!Object.hasOwn(next, name)) changed.push(name);
  return { base, next: values, changed };
}

/**
 * The edits, made to what is stored now. Throws `SessionConflictError` for fields that somebody else has
 * changed to something else meanwhile.
 */
export function merged(current: Fields, { base, next, changed }: Edits): Fields {
  if (changed.length === 0) return current;
  const conflicts = changed.filter(
    (name) => !isSameField(name, current, base) && !isSameField(name, current, next),
  );
  if (conflicts.length > 0) throw new SessionConflictError(conflicts);
  const fields: Record<string, unknown> = {};
  for (const name of Object.keys(current)) {
    if (!changed.includes(name)) setField(fields, name, current[name]);
  }
  for (const name of changed) if (Object.hasOwn(next, name)) setField(fields, name, next[name]);
  return fields;
}

/** The same edits as texts: their fields are looked at only if somebody else has changed some. */
export class TextEdits {
  readonly base: string;
  readonly next: string;
  #edits: Edits | undefined;

  constructor(base: string, next: string) {
    this.base = base;
    this.next = next;
  }

  get edits(): Edits {
    this.#edits ??= editsOf(fieldsOf(this.base), fieldsOf(this.next));
    return this.#edits;
  }

  /** As {@link merged}. */
  mergedInto(current: string): string {
    if (this.next === this.base) return current;
    if (current === this.base || current === this.next) return this.next;
    const { edits } = this;
    if (edits.changed.length === 0) return current;
    return stringifyJson(merged(fieldsOf(current), edits));
  }
}
