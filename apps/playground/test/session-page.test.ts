import type { Locator } from 'playwright-core';
import { beforeEach, expect, it } from 'vitest';
import { describeVisits } from './visit.js';

describeVisits(
  'sessions on %s',
  (visit) => {
    beforeEach(async () => {
      await visit.open('/sessions');
    });

    const device = (name: string): Locator => visit.page.getByRole('region', { name, exact: true });
    const press = (action: string, name: string): Promise<void> =>
      visit.page.getByRole('button', { name: `${action}: ${name}`, exact: true }).click();

    /** Waits until a field of a device reads so. */
    async function reads(name: string, field: string, text: string | RegExp): Promise<void> {
      const node = device(name).locator(`[data-field=${field}]`);
      await expect.poll(() => node.textContent(), { timeout: 20_000 }).toMatch(text);
    }

    async function listed(user: string, names: readonly string[]): Promise<void> {
      const items = device(user).locator('li span');
      await expect.poll(() => items.allTextContents(), { timeout: 20_000 }).toEqual(names);
    }

    it('a log-in rotates the id; both devices are listed, and revoked one by one or all', async () => {
      await reads('Laptop', 'who', /^a guest$/);
      const guest = await device('Laptop').locator('[data-field=cookie]').textContent();
      expect(guest).toMatch(/^[\w-]{6}… lives$/);

      await press('Log in as ada', 'Laptop');
      await reads('Laptop', 'who', /^ada$/);
      await reads('Laptop', 'before', `${guest?.slice(0, 6)}… dead`);
      const cookie = await device('Laptop').locator('[data-field=cookie]').textContent();
      expect(cookie).toMatch(/^[\w-]{6}… lives$/);
      expect(cookie).not.toBe(guest);

      await press('Log in as ada', 'Phone');
      await listed('ada', ['Laptop', 'Phone']);
      await listed('grace', []);

      await visit.page.getByRole('button', { name: 'Revoke ada on the Laptop' }).click();
      await reads('Laptop', 'who', /^no session$/);
      await reads('Laptop', 'cookie', /… opens nothing$/);
      await reads('Phone', 'who', /^ada$/);
      await listed('ada', ['Phone']);

      await press('Visit', 'Laptop');
      await reads('Laptop', 'who', /^a guest$/);
      await press('Log in as ada', 'Laptop');
      await press('Log in as grace', 'Phone');
      await listed('ada', ['Laptop']);
      await listed('grace', ['Phone']);
      await press('Log in as ada', 'Phone');
      await listed('ada', ['Laptop', 'Phone']);

      await visit.page.getByRole('button', { name: 'Revoke all of ada' }).click();
      await listed('ada', []);
      await reads('Laptop', 'who', /^no session$/);
      await reads('Phone', 'who', /^no session$/);
    });

    it('two tabs keep both fields, one field is refused, a save after the log-out too', async () => {
      await reads('Phone', 'cart', /^0$/);
      await press('Two tabs, two fields', 'Phone');
      await reads('Phone', 'cart', /^1$/);
      await reads('Phone', 'theme', /^dark$/);

      await press('Two tabs, one field', 'Phone');
      await visit.page.getByText('SessionConflictError: both tabs changed cart').waitFor();
      await reads('Phone', 'cart', /^2$/);

      await press('Log out during a save', 'Phone');
      await visit.page
        .getByText('SessionDestroyedError: the save came after the log-out')
        .waitFor();
      await reads('Phone', 'who', /^no session$/);
      await reads('Laptop', 'who', /^a guest$/);
    });

    it('says what a device without a session cannot do', async () => {
      await reads('Laptop', 'who', /^a guest$/);
      await press('Log out', 'Laptop');
      await reads('Laptop', 'who', /^no session$/);
      await press('Log in as ada', 'Laptop');
      await visit.page.getByRole('alert').getByText('the Laptop has no session').waitFor();
      const unknown = await visit.page.evaluate(
        async () => (await fetch('/api/session/nothing/0', { method: 'POST' })).status,
      );
      expect(unknown).toBe(404);
      // To the browser a refusal is an error.
      expect(visit.errors.splice(0)).not.toEqual([]);
    });
  },
  { each: true },
);
