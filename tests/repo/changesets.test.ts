import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { listPublished } from '../../scripts/packages/list-packages.js';
import { root } from '../../scripts/stages.js';

test('changesets name published packages, a step and what changes', () => {
  const folder = join(root, '.changeset');
  const names = listPublished().map(({ manifest }) => manifest.name);
  const files = readdirSync(folder).filter((file) => file.endsWith('.md') && file !== 'README.md');
  for (const file of files) {
    const text = readFileSync(join(folder, file), 'utf8');
    const [, steps = '', summary = ''] = /^---\n([\s\S]*?)\n---\n([\s\S]*)$/.exec(text) ?? [];
    for (const step of steps.split('\n')) {
      const [, name, bump] = /^['"](.+)['"]: (.+)$/.exec(step) ?? [];
      expect(names, file).toContain(name);
      expect(['patch', 'minor', 'major'], file).toContain(bump);
    }
    expect(summary.trim(), file).not.toBe('');
  }
});
