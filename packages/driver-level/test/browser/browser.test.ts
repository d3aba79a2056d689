import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { chromiumOptions } from '../../../../tests/support/chromium.js';
import type { PageResult } from './page.js';
import { servePage } from './serve-page.js';

interface PageGlobals {
  runSuites(): Promise<PageResult>;
  visit(): Promise<string>;
}

let served: Awaited<ReturnType<typeof servePage>>;
let browser: Browser;
let context: BrowserContext;
const errors: string[] = [];

async function openPage(): Promise<Page> {
  const page = await context.newPage();
  page.on('pageerror', (error) => errors.push(String(error)));
  await page.goto(served.url);
  await page.waitForFunction(() => 'visit' in globalThis);
  return page;
}

const runSuites = () => (globalThis as unknown as PageGlobals).runSuites();
const visit = () => (globalThis as unknown as PageGlobals).visit();

beforeAll(async () => {
  served = await servePage();
  browser = await chromium.launch(chromiumOptions);
  context = await browser.newContext();
});

afterAll(async () => {
  await browser?.close();
  await served?.close();
});

it('conforms in Chromium on IndexedDB, and so do counters on it', {
  timeout: 300_000,
}, async () => {
  const page = await openPage();
  const { results, table, hasNode } = await page.evaluate(runSuites);
  console.info(`Chromium ${browser.version()}, IndexedDB\n${table}`);
  expect(hasNode).toBe(false);
  expect(results.filter(({ status }) => status === 'failed')).toEqual([]);
  const passed = results.filter(({ status }) => status === 'passed');
  for (const [driver, least] of [
    ['indexeddb', 100],
    ['indexeddb, portable, on an injected clock', 100],
    ['counters on indexeddb', 5],
  ] as const) {
    const count = passed.filter((result) => result.driver === driver).length;
    expect(count, driver).toBeGreaterThanOrEqual(least);
  }
  expect(errors).toEqual([]);
  await page.close();
});

it('one tab has the database at a time; another is told so, and takes over what was stored', async () => {
  const first = await openPage();
  expect(await first.evaluate(visit)).toBe('1');
  const second = await openPage();
  expect(await second.evaluate(visit)).toBe('UNAVAILABLE none');
  expect(await first.evaluate(visit)).toBe('2');
  await first.close();
  await expect.poll(() => second.evaluate(visit)).toBe('3');
  await second.reload();
  await second.waitForFunction(() => 'visit' in globalThis);
  expect(await second.evaluate(visit)).toBe('4');
  await second.close();
});
