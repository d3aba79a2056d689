import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runCommand } from '../../scripts/packages/run-command.js';
import { checkTypes, listDocuments, readBlocks, writeProject } from './code-blocks.js';

// Inside the repository, so that the types and the tools of the workspace are found from there.
const parent = join(import.meta.dirname, '.blocks');
mkdirSync(parent, { recursive: true });
const dir = mkdtempSync(join(parent, 'run-'));
const blocks = listDocuments().flatMap(readBlocks);
let typeErrors: Map<string, string[]>;

beforeAll(() => {
  writeProject(dir, blocks);
  typeErrors = checkTypes(dir, blocks);
});

afterAll(() => rmSync(dir, { recursive: true, force: true }));

describe('every TypeScript block has right types', () => {
  test.each(blocks)('$at', ({ file }) => {
    expect(typeErrors.get(file)).toEqual([]);
  });
});

describe.concurrent('every TypeScript block runs', () => {
  for (const { at, file, noRun } of blocks) {
    if (noRun !== undefined) {
      test(`${at} says why it does not`, ({ expect }) => expect(noRun).not.toBe(''));
      continue;
    }
    test(at, { timeout: 90_000 }, async ({ expect }) => {
      const cwd = join(dir, 'cwd', file);
      mkdirSync(cwd, { recursive: true });
      const { status, output } = await runCommand(
        process.execPath,
        ['--import', import.meta.resolve('tsx'), join(dir, file)],
        { cwd, env: { ...process.env, ...awsAccount }, timeoutMs: 60_000 },
      );
      expect(status, output).toBe(0);
    });
  }
});

/** What the AWS SDK wants to know before it talks to any endpoint. */
const awsAccount = {
  AWS_REGION: 'local',
  AWS_ACCESS_KEY_ID: 'local',
  AWS_SECRET_ACCESS_KEY: 'local',
  AWS_ENDPOINT_URL_DYNAMODB: process.env.DYNAMODB_ENDPOINT,
};
