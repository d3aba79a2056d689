import { SessionConflictError } from './errors.js';
import type { Fields } from './session-record.js';

/** What a holder of a session has changed: the fields that differ from what it had loaded. */
export interface Edits {
  readonly base: Fields;
  readonly next: Fields;
  readonly changed: readonly string[];
}

/** Compares what was loaded with what it has become; JSON text tells whether a field differs. */
export function editsOf(base: Fields, next: Fields): Edits {
  const names = new Set([...Object.keys(base), ...Object.keys(next)]);
  const changed = [...names].filter((name) => textOf(base, name) !== textOf(next, name));
  return { base, next, changed };
}

/**
 * The edits, made to what is stored now. Throws `SessionConflictError` for fields that somebody else has
 * changed to something else meanwhile.
 */
export function merged(current: Fields, { base, next, changed }: Edits): Fields {
  if (changed.length === 0) return current;
  const conflicts = changed.filter((name) => {
    const now = textOf(current, name);
    return now !== textOf(base, name) && now !== textOf(next, name);
  });
  if (conflicts.length > 0) throw new SessionConflictError(conflicts);
  const fields = new Map(Object.entries(current));
  for (const name of changed) {
    if (Object.hasOwn(next, name)) fields.set(name, next[name]);
    else fields.delete(name);
  }
  return Object.fromEntries(fields);
}

function textOf(fields: Fields, name: string): string | undefined {
  return Object.hasOwn(fields, name) ? JSON.stringify(fields[name]) : undefined;
}
