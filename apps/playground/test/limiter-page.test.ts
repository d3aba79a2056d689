import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { describeVisits } from './visit.js';

const LIMIT = 50;

/** How near to the limit the curve comes, in calls, and where its highest point is. */
const highest = (page: Page): Promise<{ top: number; line: number }> =>
  page.evaluate(() => {
    const points = document.querySelector('#curve')?.getAttribute('points') ?? '';
    const heights = points.split(' ').map((point) => Number(point.split(',')[1] ?? 200));
    const line = Number(document.querySelector('#limit-line')?.getAttribute('y1'));
    return { top: Math.min(...heights), line };
  });

describeVisits('on %s', (visit) => {
  it('limiter: under any fire and whatever is killed, the curve touches the line and stays below', async () => {
    const page = await visit.open('/');
    const title = 'Rate limiter';
    await page.getByRole('navigation').getByRole('link', { name: title }).click();
    expect(await page.locator('h1').textContent()).toBe(title);

    await visit.reaches('allowed', 1);
    const fire = await visit.digits('fire');
    await visit.button('More fire').click();
    await visit.reaches('fire', fire + 1);
    await visit.button('More fire').click();
    await visit.button('Add a worker').click();
    await page.getByText('joined.').waitFor();
    await visit.reaches('refused', 100);
    await visit.reaches('allowed', LIMIT * 2);
    await visit.button(/^Kill/).first().click();
    await page.getByText('was killed.').waitFor();
    await visit.reaches('allowed', (await visit.digits('allowed')) + LIMIT);

    const { top, line } = await highest(page);
    expect(top).toBeGreaterThanOrEqual(line);
    expect(top).toBeLessThan(line + 40);
    expect(await visit.digits('most')).toBeLessThanOrEqual(LIMIT);
    expect(await visit.digits('most')).toBeGreaterThan(LIMIT * 0.8);
    expect(await visit.digits('failed')).toBe(0);
    expect(await page.locator('#verdict').getAttribute('data-state')).toBe('good');

    const most = await visit.digits('fire');
    await visit.button('Less fire').click();
    await expect.poll(() => visit.digits('fire'), { timeout: 30_000 }).toBeLessThan(most);
  });
});
