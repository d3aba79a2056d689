import { spawn } from 'node:child_process';
import { readArgs, USAGE, UsageError } from './args.js';
import { startPlayground } from './playground.js';

async function main(): Promise<void> {
  const args = readArgs(process.argv.slice(2));
  if (!args) {
    console.log(USAGE);
    return;
  }
  const playground = await startPlayground(args);
  let closing = false;
  const stop = (): void => {
    if (closing) process.exit(130);
    closing = true;
    playground.close().then(
      () => process.exit(0),
      (error: unknown) => fail(error, 1),
    );
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop);
  if (args.port !== 0 && args.port !== playground.port) console.log(`Port ${args.port} is taken.`);
  console.log(`Grove KV playground: ${playground.url}`);
  console.log(`Store: ${playground.store}. Ctrl-C ends it.`);
  if (args.open) openBrowser(playground.url);
}

function openBrowser(url: string): void {
  const [command, ...before] = { darwin: ['open'], win32: ['cmd', '/c', 'start', ''] }[
    process.platform as 'darwin'
  ] ?? ['xdg-open'];
  const child = spawn(command as string, [...before, url], { stdio: 'ignore', detached: true });
  child.on('error', () => console.log('No browser could be opened; open the address yourself.'));
  child.unref();
}

function fail(error: unknown, code: number): void {
  console.error(error instanceof Error ? error.message : error);
  process.exit(code);
}

main().catch((error: unknown) => {
  if (!(error instanceof UsageError)) return fail(error, 1);
  console.error(`${error.message}\n\n${USAGE}`);
  process.exit(2);
});
