import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect } from 'vitest';
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

/** Somebody who looks at a playground with a browser. */
export class Visit {
  /** What the browser has called an error. A test leaves none. */
  errors: string[] = [];
  #playground: RunningPlayground | undefined;
  #page: Page | undefined;

  get page(): Page {
    if (!this.#page) throw new Error('no page is open');
    return this.#page;
  }

  async start(args: readonly string[] = []): Promise<void> {
    this.#playground = await runPlayground(['--port', '0', ...args]);
  }

  async stop(): Promise<void> {
    await this.#playground?.stop();
  }

  async open(path: string): Promise<Page> {
    const { page, errors } = await openPage(browser);
    this.errors = errors;
    this.#page = page;
    await page.goto(`${this.#playground?.url}${path}`);
    return page;
  }

  async close(): Promise<void> {
    const errors = this.errors.splice(0);
    await this.#page?.close();
    expect(errors).toEqual([]);
  }

  button(name: string | RegExp): Locator {
    return this.page.getByRole('button', { name });
  }

  async digits(id: string): Promise<number> {
    return Number((await this.page.locator(`#${id}`).textContent())?.replace(/\D/g, ''));
  }

  async reaches(id: string, least: number): Promise<void> {
    const until = { timeout: 40_000, interval: 50 };
    await expect.poll(() => this.digits(id), until).toBeGreaterThanOrEqual(least);
  }
}

/** The tests of a page on each store, on one playground, or on one for `each` test. */
export function describeVisits(
  title: string,
  body: (visit: Visit) => void,
  { each = false }: { each?: boolean } = {},
): void {
  describe.each(Object.entries(stores))(title, (_, argsOf) => {
    const visit = new Visit();
    (each ? beforeEach : beforeAll)(() => visit.start(argsOf()));
    (each ? afterEach : afterAll)(() => visit.stop());
    // Runs before the hook above: hooks of the end run in the opposite order.
    afterEach(() => visit.close());
    body(visit);
  });
}
