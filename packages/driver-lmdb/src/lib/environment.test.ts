import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { open } from 'lmdb';
import { afterAll, expect, it } from 'vitest';
import { Environment, placesOf } from './environment.js';
import { MDB_PANIC } from './lmdb-errors.js';
import { nativeOf } from './native.js';

const path = mkdtempSync(join(tmpdir(), 'grovekv-lmdb-'));
afterAll(() => rmSync(path, { recursive: true, force: true }));

const options = { path, overlappingSync: false };

/**
 * LMDB refuses to begin any transaction once a meta page could not be written; lmdb then calls back with
 * that status and settles nothing. No test can break a disk, so this one plays the answer.
 */
it('settles what waits when LMDB has failed, and the file can be opened anew', async () => {
  const root = open(options);
  let broken = false;
  const native = nativeOf(root);
  const { startWriting } = native;
  const played: typeof startWriting = (address, callback) =>
    broken ? setImmediate(() => callback(MDB_PANIC)) : startWriting.call(native, address, callback);
  Object.defineProperty(native, 'startWriting', { value: played, configurable: true });

  const environment = new Environment(root, placesOf(path), true);
  const value = Buffer.alloc(30, 1);
  await environment.transaction(() => environment.entries.putSync('before', value));
  broken = true;
  const waiting = [1, 2, 3].map((number) =>
    environment.transaction(() => environment.entries.putSync(`lost:${number}`, value)),
  );
  for (const write of await Promise.allSettled(waiting)) {
    expect(write).toMatchObject({ reason: { code: 'UNAVAILABLE', outcome: 'none' } });
  }
  expect(environment.isOpen).toBe(false);

  const next = new Environment(open(options), placesOf(path), true);
  await next.transaction(() => next.entries.putSync('after', value));
  expect([...next.entries.getKeys({ start: '\u0000' })]).toEqual(['after', 'before']);
  await next.close();
});
