import { it } from 'vitest';
import { seededRandom } from '../../../tests/support/seeded-random.js';
import { verifyAcknowledged } from '../../../tests/support/verify-acknowledged.js';
import { levelDriver } from '../src/index.js';
import { Child } from './child.js';
import { newFolder } from './support.js';

it.each<['sync' | 'no sync', number]>([
  ['no sync', 25],
  ['sync', 10],
])(
  'kill -9 of a writing process, %s, %i times: no acknowledged write is lost, no record or commit is torn',
  { timeout: 240_000 },
  async (sync, kills) => {
    const random = seededRandom();
    const path = newFolder();
    const children: Child[] = [];
    for (let round = 0; round < kills; round += 1) {
      const child = new Child('writer', path, String(round), sync);
      children.push(child);
      await child.said('+');
      await new Promise((resolve) => setTimeout(resolve, random() * 80));
      await child.kill();
    }
    const driver = levelDriver({ path });
    const acknowledged = await verifyAcknowledged(driver, children);
    await driver.close();
    console.info(`${kills} kills, ${sync}: ${acknowledged} acknowledged, none lost`);
  },
);
