import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { openBrowser, openPage } from './browser.js';
import { type RunningPlayground, runPlayground } from './run-playground.js';

const stores = {
  lmdb: () => [],
  redis: () => ['--driver', 'redis', '--url', process.env.REDIS_URL ?? ''],
};

let browser: Browser;
beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(() => browser?.close());

describe.each(Object.entries(stores))('the queue on %s', (_, argsOf) => {
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

  async function open(): Promise<void> {
    ({ page, errors } = await openPage(browser));
    page.setDefaultTimeout(40_000);
    await page.goto(playground.url);
    await page
      .getByRole('main')
      .getByRole('link', { name: /^Queue/ })
      .click();
    await page.locator('.worker').nth(1).waitFor();
  }

  const count = async (id: string): Promise<number> =>
    Number((await page.locator(`#${id}`).textContent())?.replace(/\D/g, ''));
  const button = (name: string | RegExp) => page.getByRole('button', { name });
  const reach = (id: string, least: number) =>
    expect.poll(() => count(id), { timeout: 40_000 }).toBeGreaterThanOrEqual(least);

  it('does what is enqueued, though a worker is killed with jobs in hand', async () => {
    await open();
    await button('Enqueue 20').click();
    const busy = page.locator('.worker:not([data-jobs="0"]):not([data-state=dead])').first();
    await busy.locator('button').click();
    await page.getByText(/was killed with [0-9, ]+ in hand/).waitFor();
    await page.getByText('All 20 are accounted for: none lost, none done twice.').waitFor();
    expect(await count('completed')).toBe(20);
    await button('Add a worker').click();
    await page.locator('.worker:not([data-state=dead])').nth(1).waitFor();
  });

  it('delays, retries what fails, and redrives dead letters by a click', async () => {
    await open();
    const before = await count('completed');
    await button('20 in four seconds').click();
    await button('3 that fail twice').click();
    await reach('delayed', 1);
    await reach('completed', before + 23);
    await reach('retried', 6);

    await button('2 that are broken').click();
    await button('Redrive all').waitFor();
    await page.locator('#letters li', { hasText: 'out of order' }).nth(1).waitFor();
    expect(await count('dead')).toBe(2);
    await button(/^Redrive job/)
      .first()
      .click();
    await reach('completed', before + 24);
    await expect.poll(() => count('dead'), { timeout: 40_000 }).toBe(1);
    await button(/^Redrive job/).click();
    await reach('completed', before + 25);
    await page.getByText('are accounted for: none lost, none done twice.').waitFor();
    expect(await count('twice')).toBe(0);
  });

  it('pauses, and delivers the urgent one first', async () => {
    await open();
    await button('Pause').click();
    await button('Resume').waitFor();
    // Workers notice within a quarter of a second.
    await page.waitForTimeout(600);
    const before = await count('completed');
    await button('Enqueue 20').click();
    await button('An urgent one').click();
    await reach('waiting', 21);
    expect(await count('completed')).toBe(before);
    await button('Resume').click();
    await reach('completed', before + 21);
  });
});
