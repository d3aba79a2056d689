import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { describeVisits } from './visit.js';

/** Waits until `check` holds of what the page shows. */
async function shows<T>(read: () => Promise<T>, check: (value: T) => boolean): Promise<T> {
  let value: T | undefined;
  await expect
    .poll(
      async () => {
        value = await read();
        return check(value);
      },
      { timeout: 20_000, interval: 50 },
    )
    .toBe(true);
  return value as T;
}

/** Clicks a button of the next worker to take the lock, as soon as it has; answers its name. */
function actOnNextHolder(page: Page, action: 'kill' | 'pause'): Promise<string> {
  return page.evaluate((action) => {
    const holder = () => document.querySelector<HTMLElement>('.worker[data-doing=holding]');
    const before = holder()?.dataset.key;
    return new Promise<string>((resolve) => {
      const observer = new MutationObserver(() => {
        const now = holder();
        if (!now || now.dataset.key === before) return;
        observer.disconnect();
        now.querySelector<HTMLElement>(`[data-action=${action}]`)?.click();
        resolve(now.querySelector('.name')?.textContent ?? '');
      });
      const options = { subtree: true, childList: true, attributes: true };
      observer.observe(document.querySelector('#workers') as Element, options);
    });
  }, action);
}

describeVisits('on %s', (visit) => {
  it('links every page', async () => {
    const page = await visit.open('/');
    for (const title of ['Lock', 'Counter', 'Sessions']) {
      await page.getByRole('navigation').getByRole('link', { name: title }).click();
      expect(await page.locator('h1').textContent()).toBe(title);
      await page.goBack();
    }
  });

  it('lock: the fence rises; a killed holder is followed by one with a higher fence', async () => {
    const page = await visit.open('/lock');
    const first = await shows(
      () => visit.digits('fence'),
      (fence) => fence > 0,
    );
    const second = await shows(
      () => visit.digits('fence'),
      (fence) => fence !== first && fence > 0,
    );
    expect(second).toBeGreaterThan(first);

    const name = await actOnNextHolder(page, 'kill');
    const killed = await visit.digits('fence');
    await page
      .getByText(new RegExp(`took the lock from ${name}, whose lease had run out`))
      .waitFor();
    const holder = () => page.locator('#holder').textContent();
    await shows(holder, (now) => now !== name && now !== 'nobody');
    expect(await visit.digits('fence')).toBeGreaterThan(killed);
    expect(await page.locator('#holds', { hasText: 'ran out' }).textContent()).toContain(name);
    expect(await visit.digits('refused')).toBe(0);
  });

  it('lock: a paused holder loses its lease, and its stale write is refused', async () => {
    const page = await visit.open('/lock');
    await page.getByRole('button', { name: 'Add a worker' }).click();
    await shows(
      () => page.locator('.worker:not([data-state=dead])').count(),
      (count) => count >= 3,
    );
    const name = await actOnNextHolder(page, 'pause');
    await page.locator('.worker[data-state=paused]').waitFor();
    const holder = () => page.locator('#holder').textContent();
    await shows(holder, (now) => now !== name && now !== 'nobody');
    const written = await visit.digits('accepted');
    await shows(
      () => visit.digits('accepted'),
      (count) => count > written,
    );
    await page.getByRole('button', { name: `Resume ${name}` }).click();
    await page.getByText(`${name} found its lease lost.`).waitFor();
    expect(await visit.digits('refused')).toBe(1);
    expect(await page.locator('#refusals').textContent()).toContain(`${name} offered`);
  });

  it('lock: the table of holders falls by fence, none twice', async () => {
    const page = await visit.open('/lock');
    await shows(
      () => page.locator('#holds tr').count(),
      (rows) => rows >= 3,
    );
    const fences = await page.locator('#holds .fence').allTextContents();
    const numbers = fences.map((fence) => Number(fence.replace(/\D/g, '')));
    expect(numbers).toEqual([...numbers].sort((a, b) => b - a));
    expect(new Set(numbers).size).toBe(numbers.length);
  });

  it('counter: the store has what was acknowledged, and no more than that and what is in doubt', async () => {
    const page = await visit.open('/counter');
    const start = page.getByRole('button', { name: 'Start' });
    const stop = page.getByRole('button', { name: 'Stop' });
    const settled = async () => {
      await stop.click();
      await start.waitFor();
      await page.getByText(/^(Exact|Nothing lost)/).waitFor();
      return Promise.all(['least', 'actual', 'most'].map((id) => visit.digits(id)));
    };
    await start.click();
    await shows(
      () => visit.digits('least'),
      (count) => count > 300,
    );
    const [least, actual, most] = await settled();
    expect(actual).toBe(least);
    expect(most).toBe(least);

    await start.click();
    await shows(
      () => visit.digits('least'),
      (count) => count > least! + 300,
    );
    await page.getByRole('button', { name: /^Kill/ }).first().click();
    await page.getByText(/was killed with [0-9]+ additions under way/).waitFor();
    const after = await visit.digits('least');
    await shows(
      () => visit.digits('least'),
      (count) => count > after,
    );
    const [acknowledged = 0, stored = 0, possible = 0] = await settled();
    expect(stored).toBeGreaterThanOrEqual(acknowledged);
    expect(stored).toBeLessThanOrEqual(possible);
    expect(possible - acknowledged).toBe(await visit.digits('doubt'));
    expect(possible - acknowledged).toBeLessThanOrEqual(32);

    await page.getByRole('button', { name: 'Reset' }).click();
    await page.getByText('Nothing has been counted yet.').waitFor();
    expect(await visit.digits('actual')).toBe(0);
  });
});
