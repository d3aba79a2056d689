import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { Visit } from './visit.js';

const visit = new Visit();
beforeAll(() => visit.start());
afterAll(() => visit.stop());
afterEach(() => visit.close());

const WAIT = { timeout: 20_000, interval: 50 };

/** The rows of a table at one moment. */
function rowsOf(page: Page, id: string): Promise<{ rank: number; name: string; points: number }[]> {
  return page.evaluate(
    (id) =>
      Array.from(document.querySelectorAll(`#${id} tr`), (row) => ({
        rank: Number(row.children[0]?.textContent),
        name: row.children[1]?.textContent ?? '',
        points: Number(row.children[2]?.textContent),
      })),
    id,
  );
}

it('shows the top with ties and who is around me, while workers score and one is killed', async () => {
  const page = await visit.open('/leaderboard');
  expect(await page.locator('h1').textContent()).toBe('Leaderboard');
  await page.getByRole('button', { name: 'A point for you' }).click();
  await expect
    .poll(() => rowsOf(page, 'around'), WAIT)
    .toEqual([{ rank: 1, name: 'You', points: 1 }]);
  await expect.poll(() => page.locator('.worker').count(), WAIT).toBe(3);
  await page.getByRole('button', { name: 'Start' }).click();
  await expect.poll(async () => (await rowsOf(page, 'top')).length, WAIT).toBe(10);
  await expect.poll(async () => (await rowsOf(page, 'around')).length, WAIT).toBeGreaterThan(3);
  await page.locator('.worker [data-action=kill]').first().click();
  await expect.poll(() => page.locator('.worker[data-state=dead]').count(), WAIT).toBe(1);
  for (let look = 0; look < 10; look += 1) {
    const top = await rowsOf(page, 'top');
    for (const [index, { rank, points }] of top.entries()) {
      const better = top.filter((row) => row.points > points).length;
      expect(rank).toBe(better + 1);
      if (index > 0) expect(points).toBeLessThanOrEqual(top[index - 1]!.points);
    }
    const around = await rowsOf(page, 'around');
    expect(around.filter(({ name }) => name === 'You')).toHaveLength(1);
  }
  await page.getByRole('button', { name: 'Stop' }).click();
  await expect.poll(() => page.locator('#start').textContent(), WAIT).toBe('Start');
});
