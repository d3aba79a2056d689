import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { openBrowser, openPage } from './browser.js';
import { type RunningPlayground, runPlayground } from './run-playground.js';

const LIMIT = 50;
const stores = {
  lmdb: () => [],
  redis: () => ['--driver', 'redis', '--url', process.env.REDIS_URL ?? ''],
};

let browser: Browser;
beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(() => browser?.close());

const digits = async (page: Page, id: string): Promise<number> =>
  Number((await page.locator(`#${id}`).textContent())?.replace(/\D/g, ''));

/** How near to the limit the curve comes, in calls, and where its highest point is. */
const highest = (page: Page): Promise<{ top: number; line: number }> =>
  page.evaluate(() => {
    const points = document.querySelector('#curve')?.getAttribute('points') ?? '';
    const heights = points.split(' ').map((point) => Number(point.split(',')[1] ?? 200));
    const line = Number(document.querySelector('#limit-line')?.getAttribute('y1'));
    return { top: Math.min(...heights), line };
  });

describe.each(Object.entries(stores))('on %s', (_, argsOf) => {
  let playground: RunningPlayground;
  let page: Page;
  let errors: string[];

  beforeAll(async () => {
    playground = await runPlayground(['--port', '0', ...argsOf()]);
  });
  afterAll(() => playground?.stop());
  afterEach(async () => {
    expect(errors).toEqual([]);
    await page.close();
  });

  async function reaches(id: string, least: number): Promise<void> {
    await expect.poll(() => digits(page, id), { timeout: 30_000 }).toBeGreaterThanOrEqual(least);
  }

  it('limiter: under any fire and whatever is killed, the curve touches the line and stays below', async () => {
    ({ page, errors } = await openPage(browser));
    await page.goto(`${playground.url}/`);
    const title = 'Rate limiter';
    await page.getByRole('navigation').getByRole('link', { name: title }).click();
    expect(await page.locator('h1').textContent()).toBe(title);

    await reaches('allowed', 1);
    const fire = await digits(page, 'fire');
    await page.getByRole('button', { name: 'More fire' }).click();
    await reaches('fire', fire + 1);
    await page.getByRole('button', { name: 'More fire' }).click();
    await page.getByRole('button', { name: 'Add a worker' }).click();
    await page.getByText('joined.').waitFor();
    await reaches('refused', 100);
    await reaches('allowed', LIMIT * 2);
    await page.getByRole('button', { name: /^Kill/ }).first().click();
    await page.getByText('was killed.').waitFor();
    await reaches('allowed', (await digits(page, 'allowed')) + LIMIT);

    const { top, line } = await highest(page);
    expect(top).toBeGreaterThanOrEqual(line);
    expect(top).toBeLessThan(line + 40);
    expect(await digits(page, 'most')).toBeLessThanOrEqual(LIMIT);
    expect(await digits(page, 'most')).toBeGreaterThan(LIMIT * 0.8);
    expect(await digits(page, 'failed')).toBe(0);
    expect(await page.locator('#verdict').getAttribute('data-state')).toBe('good');

    const most = await digits(page, 'fire');
    await page.getByRole('button', { name: 'Less fire' }).click();
    await expect.poll(() => digits(page, 'fire'), { timeout: 30_000 }).toBeLessThan(most);
  });
});
