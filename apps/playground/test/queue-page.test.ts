import { expect, it } from 'vitest';
import { describeVisits } from './visit.js';

describeVisits('the queue on %s', (visit) => {
  async function open() {
    const page = await visit.open('/');
    page.setDefaultTimeout(40_000);
    await page
      .getByRole('main')
      .getByRole('link', { name: /^Queue/ })
      .click();
    await page.locator('.worker').nth(1).waitFor();
    return page;
  }

  it('does what is enqueued, though a worker is killed with jobs in hand', async () => {
    const page = await open();
    await visit.button('Enqueue 20').click();
    const busy = page.locator('.worker:not([data-jobs="0"]):not([data-state=dead])').first();
    await busy.locator('button').click();
    await page.getByText(/was killed with [0-9, ]+ in hand/).waitFor();
    await page.getByText('All 20 are accounted for: none lost, none done twice.').waitFor();
    expect(await visit.digits('completed')).toBe(20);
    await visit.button('Add a worker').click();
    await page.locator('.worker:not([data-state=dead])').nth(1).waitFor();
  });

  it('delays, retries what fails, and redrives dead letters by a click', async () => {
    const page = await open();
    const before = await visit.digits('completed');
    await visit.button('20 in four seconds').click();
    await visit.button('3 that fail twice').click();
    await visit.reaches('delayed', 1);
    await visit.reaches('completed', before + 23);
    await visit.reaches('retried', 6);

    await visit.button('2 that are broken').click();
    await visit.button('Redrive all').waitFor();
    await page.locator('#letters li', { hasText: 'out of order' }).nth(1).waitFor();
    expect(await visit.digits('dead')).toBe(2);
    await visit
      .button(/^Redrive job/)
      .first()
      .click();
    await visit.reaches('completed', before + 24);
    await expect.poll(() => visit.digits('dead'), { timeout: 40_000 }).toBe(1);
    await visit.button(/^Redrive job/).click();
    await visit.reaches('completed', before + 25);
    await page.getByText('are accounted for: none lost, none done twice.').waitFor();
    expect(await visit.digits('twice')).toBe(0);
  });

  it('pauses, and delivers the urgent one first', async () => {
    const page = await open();
    await visit.button('Pause').click();
    await visit.button('Resume').waitFor();
    // Workers notice within a quarter of a second.
    await page.waitForTimeout(600);
    const before = await visit.digits('completed');
    await visit.button('Enqueue 20').click();
    await visit.button('An urgent one').click();
    await visit.reaches('waiting', 21);
    expect(await visit.digits('completed')).toBe(before);
    await visit.button('Resume').click();
    await visit.reaches('completed', before + 21);
  });
});
