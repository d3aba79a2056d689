import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

const programs = {
  'redis-server': { commands: ['redis-server'], apt: 'redis-server', brew: 'redis' },
  'redis-cli': { commands: ['redis-cli'], apt: 'redis-tools', brew: 'redis' },
  memcached: { commands: ['memcached'], apt: 'memcached', brew: 'memcached' },
  chromium: {
    commands: ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'],
    apt: 'chromium',
    brew: '--cask chromium',
  },
} as const;

/** A program that the tests start. */
export type ProgramName = keyof typeof programs;

/** The path of a program, or `undefined` when it is not on the PATH. */
export function findProgram(name: ProgramName): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter).filter(Boolean);
  const candidates = programs[name].commands.flatMap((command) =>
    folders.map((folder) => join(folder, command)),
  );
  return candidates.find(isExecutable);
}

/** The path of a program. Throws with the command that installs it when it is missing. */
export function requireProgram(name: ProgramName): string {
  const path = findProgram(name);
  if (!path) throw new Error(howToInstall([name]));
  return path;
}

/**
 * Makes sure that programs are there: installs missing ones as root on Debian and Ubuntu, showing
 * what it does, and elsewhere throws with the command to run.
 */
export function ensurePrograms(names: ProgramName[]): void {
  const missing = names.filter((name) => !findProgram(name));
  if (missing.length === 0) return;
  if (process.getuid?.() !== 0 || !onPath('apt-get')) throw new Error(howToInstall(missing));

  const packages = missing.map((name) => programs[name].apt);
  // Another run of the tests may be installing at this moment.
  const wait = ['-o', 'DPkg::Lock::Timeout=300'];
  runVisibly('apt-get', [...wait, 'update']);
  runVisibly('apt-get', [...wait, 'install', '-y', '--no-install-recommends', ...packages]);
  const still = missing.filter((name) => !findProgram(name));
  if (still.length > 0) throw new Error(`installed, but not found: ${still.join(', ')}`);
}

function howToInstall(names: ProgramName[]): string {
  return [
    `The tests need ${names.join(', ')}, not found on the PATH. Install with one of:`,
    `  sudo apt-get install -y ${names.map((name) => programs[name].apt).join(' ')}`,
    ...new Set(names.map((name) => `  brew install ${programs[name].brew}`)),
  ].join('\n');
}

function runVisibly(command: string, args: string[]): void {
  console.log(`$ ${command} ${args.join(' ')}`);
  const { status } = spawnSync(command, args, {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} failed with ${status}`);
}

function onPath(command: string): boolean {
  const folders = (process.env.PATH ?? '').split(delimiter).filter(Boolean);
  return folders.some((folder) => isExecutable(join(folder, command)));
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
