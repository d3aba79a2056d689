import { Level } from 'level';
import { expect, it } from 'vitest';
import { levelDriver } from '../src/index.js';
import { CALL, newFolder, put, readError, readText } from './support.js';

it('bytes that are not ours are refused, listed, left alone, and replaced or removed on demand', async () => {
  const db = new Level(newFolder());
  const driver = levelDriver({ db });
  const foreign = ['plain', 'kept', 'removed', 'short'];
  for (const key of foreign)
    await db.put(`!grovekv!${key}`, key === 'short' ? 'g' : 'x'.repeat(40));
  await driver.write([put('ours', 'here')], CALL);

  const corrupt = { code: 'CORRUPT_VALUE', outcome: 'none' };
  expect(await readError(driver, 'short')).toMatchObject(corrupt);
  const results = await driver.write(
    [
      { ...put('kept', 'new'), condition: 'absent' },
      { type: 'touch', key: 'short', condition: 'any', ttl: 'none' },
      put('plain', 'new', 1_000_000),
      { type: 'delete', key: 'removed', condition: 'any' },
    ],
    CALL,
  );
  expect(results).toMatchObject([corrupt, corrupt, { applied: true }, { applied: true }]);
  const [error] = await driver.mutate([{ key: 'kept', apply: () => put('kept', 'new') }], CALL);
  expect(error).toMatchObject(corrupt);
  const checks = [{ key: 'kept', condition: 'present' as const }];
  await expect(driver.commit(checks, [put('ours', 'new')], CALL)).rejects.toMatchObject(corrupt);

  expect(await readText(driver, 'plain')).toBe('new');
  expect(await readText(driver, 'ours')).toBe('here');
  expect(await db.get('!grovekv!kept')).toBe('x'.repeat(40));
  expect((await driver.scan({ prefix: '', limit: 10 }, CALL)).keys).toEqual([
    'kept',
    'ours',
    'plain',
    'short',
  ]);
  await driver.close();
  await db.close();
});
