import { type Browser, chromium, type Page } from 'playwright-core';
import { chromiumOptions } from '../../../tests/support/chromium.js';

/** Headless Chromium with a profile of its own. */
export function openBrowser(): Promise<Browser> {
  return chromium.launch(chromiumOptions);
}

/** A page whose errors are collected. */
export async function openPage(browser: Browser): Promise<{ page: Page; errors: string[] }> {
  const page = await browser.newPage();
  const errors: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') errors.push(message.text());
  });
  page.on('pageerror', (error) => errors.push(String(error)));
  page.setDefaultTimeout(20_000);
  return { page, errors };
}
