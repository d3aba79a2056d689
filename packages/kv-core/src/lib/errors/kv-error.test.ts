import { describe, expect, it } from 'vitest';
import { toKvError, withKey, withOutcome } from './errors.js';
import { isKvError, KvError } from './kv-error.js';

describe('KvError', () => {
  it('is recognised by its mark, whichever copy of the package made it', () => {
    const foreign = Object.assign(new Error('of another copy'), { code: 'TIMEOUT' });
    Object.defineProperty(foreign, Symbol.for('grovekv.error'), { value: true });
    expect(isKvError(foreign, 'TIMEOUT')).toBe(true);
    expect(isKvError(foreign, 'CLOSED')).toBe(false);
    expect(isKvError(new KvError('CLOSED', 'x'))).toBe(true);
    for (const other of [new Error('x'), { code: 'CLOSED' }, null, undefined, 'CLOSED']) {
      expect(isKvError(other)).toBe(false);
    }
  });

  it('has a name that survives minifying, an outcome, and a cause only if there is one', () => {
    const error = new KvError('CLOSED', 'text');
    expect(error).toMatchObject({ name: 'KvError', outcome: 'none', key: undefined });
    expect('cause' in error).toBe(false);
    expect(new KvError('CLOSED', 'text', { cause: undefined })).toHaveProperty('cause');
    expect(JSON.stringify(Object.keys(error))).not.toContain('grovekv');
  });
});

describe('the same error with other details', () => {
  const cause = new Error('cause');
  const error = new KvError('TIMEOUT', 'text', { key: 'k', outcome: 'unknown', cause });

  it('keeps the rest', () => {
    expect(withKey(error, 'k')).toBe(error);
    expect(withKey(error, 'l')).toMatchObject({
      code: 'TIMEOUT',
      message: 'text',
      key: 'l',
      cause,
    });
    expect(withKey(error, 'l').outcome).toBe('unknown');
    expect(withOutcome(error, 'unknown')).toBe(error);
    expect(withOutcome(error, 'none')).toMatchObject({ outcome: 'none', key: 'k', cause });
    expect('cause' in withKey(new KvError('CLOSED', 'x'), 'l')).toBe(false);
  });

  it('anything thrown becomes one', () => {
    expect(toKvError(error, 'none')).toBe(error);
    for (const thrown of [cause, 'text', undefined, null, 5]) {
      const made = toKvError(thrown, 'unknown', 'k');
      expect(made).toMatchObject({
        code: 'INVALID_DRIVER',
        outcome: 'unknown',
        key: 'k',
        cause: thrown,
      });
    }
  });
});
