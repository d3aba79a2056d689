import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test, vi } from 'vitest';
import { ensurePrograms } from './programs.js';
import { startServices } from './services.js';

const given = {
  REDIS_URL: 'redis://127.0.0.1:1',
  REDIS_CLUSTER: '127.0.0.1:2',
  MEMCACHED_SERVERS: '127.0.0.1:3',
  DYNAMODB_ENDPOINT: 'http://127.0.0.1:4',
  CHROMIUM_PATH: '/usr/bin/true',
};
const main = fileURLToPath(new URL('./main.ts', import.meta.url));

afterEach(() => vi.unstubAllEnvs());

function runMain(...command: string[]) {
  return spawnSync(process.execPath, ['--import', 'tsx', main, '--', ...command], {
    env: { ...process.env, ...given },
    encoding: 'utf8',
  });
}

test('takes the servers that are given and starts the others', async () => {
  const { DYNAMODB_ENDPOINT: _, ...others } = given;
  const services = await startServices(others);
  expect(services.env).toMatchObject(others);
  expect(services.given).toEqual(Object.keys(others));
  expect((await fetch(services.env.DYNAMODB_ENDPOINT)).status).toBe(200);
  await services.stop();
  await expect(fetch(services.env.DYNAMODB_ENDPOINT)).rejects.toThrow();
});

test('the command gets the addresses, and its exit status is passed on', () => {
  const { status, stdout } = runMain('sh', '-c', 'echo $REDIS_URL; exit 3');
  expect({ status, stdout }).toEqual({ status: 3, stdout: `${given.REDIS_URL}\n` });
  expect(runMain('sh', '-c', 'kill -9 $$').status).toBe(137);
  expect(runMain('no-such-command').status).toBe(127);
});

test('a missing program is an error that says what to run', () => {
  vi.stubEnv('PATH', '/nonexistent');
  expect(() => ensurePrograms(['redis-server', 'memcached'])).toThrow(
    'sudo apt-get install -y redis-server memcached',
  );
});

test.runIf(process.getuid?.() === 0)('root on Debian installs what is missing', () => {
  const dir = mkdtempSync(join(tmpdir(), 'grovekv-test-'));
  const apt = join(dir, 'apt-get');
  const install = `case "$*" in *install*) /bin/cp /bin/true ${join(dir, 'memcached')};; esac`;
  writeFileSync(apt, `#!/bin/sh\n${install}\n`);
  chmodSync(apt, 0o755);
  vi.stubEnv('PATH', dir);
  const shown = vi.spyOn(console, 'log').mockImplementation(() => {});
  ensurePrograms(['memcached']);
  expect(shown.mock.calls.flat().join('\n')).toMatch(/^\$ apt-get .*update\n\$ apt-get .*install/);
  shown.mockRestore();
  rmSync(dir, { recursive: true });
});
