// The target of `npm start`, `npm test` and the like. It needs nothing but Node and npm:
// it brings the pinned pnpm, installs what the lockfile says, then hands over to a script, or by
// `exec COMMAND…` to any tool of the workspace.
import { spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const entries = {
  start: 'apps/playground/src/main.ts',
  test: 'scripts/test.ts',
  check: 'scripts/check.ts',
  packages: 'scripts/packages/main.ts',
};

const [task, ...args] = process.argv.slice(2);
const command =
  task === 'exec' ? args : [process.execPath, '--import', 'tsx', entries[task], ...args];
if (!(task === 'exec' ? args[0] : Object.hasOwn(entries, task))) {
  fail(`usage: node scripts/run.mjs ${[...Object.keys(entries), 'exec'].join('|')} [arguments]`);
}

const env = {
  ...process.env,
  TURBO_TELEMETRY_DISABLED: '1',
  TURBO_NO_UPDATE_NOTIFIER: '1',
  DO_NOT_TRACK: '1',
  PATH: pathWithPnpm(),
};
run('pnpm', ['install', '--frozen-lockfile', '--config.confirmModulesPurge=false']);
handOver(command);

/** The PATH of a process started by npx: with it turbo and changesets find pnpm as well. */
function pathWithPnpm() {
  const { packageManager } = JSON.parse(readFileSync(`${root}/package.json`, 'utf8'));
  console.log(`── install (${packageManager})`);
  const npx = spawnSync(
    'npx',
    ['--yes', '--package', packageManager, '--', 'node', '-p', '"PATH=" + process.env.PATH'],
    { cwd: root, encoding: 'utf8', shell: false, stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const path = /^PATH=(.*)$/m.exec(npx.stdout ?? '')?.[1];
  if (npx.status !== 0 || !path) {
    fail(`npx could not bring ${packageManager}: ${npx.error?.message ?? npx.stdout}`);
  }
  return path;
}

function run(program, programArgs) {
  const { status, error } = spawnSync(program, programArgs, {
    cwd: root,
    env,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  if (status !== 0) fail(`${program} ${programArgs[0]} failed${error ? `: ${error.message}` : ''}`);
}

function handOver([program, ...programArgs]) {
  const child = spawn(program, programArgs, { cwd: root, env, stdio: 'inherit' });
  // A terminal sends Ctrl-C to the child as well; a supervisor's SIGTERM reaches only us.
  process.on('SIGINT', () => {});
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  child.on('error', (error) => fail(error.message));
  child.on('exit', (code, signal) => process.exit(code ?? 128 + constants.signals[signal]));
}

function fail(message) {
  console.error(message);
  process.exit(1);
}
