import { expect, it } from 'vitest';
import { Child } from './child.js';
import { newDriver, newFolder, readText } from './support.js';
import { Survivor } from './survivor.js';

const OPENERS = 3;
const TIMES = 60;

it('processes that open the database undo nothing that others have committed, and hide nothing', async () => {
  const path = newFolder();
  const driver = newDriver({ path, durability: 'crash-safe' });
  const survivor = new Survivor(driver);
  const openers = Array.from(
    { length: OPENERS },
    (_, id) => new Child('opener', path, String(id), String(TIMES)),
  );
  for (const opener of openers) await opener.finished();
  await survivor.stop();
  expect(survivor.failures).toEqual([]);
  for (let id = 0; id < OPENERS; id += 1) {
    for (let round = 0; round < TIMES; round += 1) {
      expect(await readText(driver, `opener:${id}:${round}`)).toBe('here');
    }
  }
}, 60_000);
