import { spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from './free-port.js';
import { cleanUpAfterThisProcess } from './guard.js';

/** A server that runs in a process of its own. */
export interface ServerProcess {
  /** Where it listens on 127.0.0.1. */
  readonly port: number;
  /** The server's own process, for SIGSTOP and SIGCONT. */
  readonly pid: number;
  /** Its working folder. */
  readonly dir: string;
  /** Ends it with SIGTERM, and after 3 s with SIGKILL. */
  stop(): Promise<void>;
  /** Ends it with SIGKILL. */
  kill9(): Promise<void>;
}

/** What a server is started with. */
export interface Launch {
  readonly command: string;
  readonly args: (port: number, dir: string) => string[];
  /** Bytes to send, and whether the answer so far says that the server of that process is up. */
  readonly question: string;
  readonly isUp: (answer: string, pid: number) => boolean;
  /** Default: a free one, and another if that is taken meanwhile. */
  readonly port?: number | undefined;
  /** Default: a temporary folder, removed when the server ends. */
  readonly dir?: string | undefined;
}

const startWithinMs = 15_000;

/** Starts a server and waits until it answers. It ends with this process, however that ends. */
export async function launch(how: Launch): Promise<ServerProcess> {
  for (let attempt = 1; ; attempt++) {
    const server = start(how, how.port ?? (await freePort()));
    const problem = await waitUntilUp(server, how);
    if (!problem) return server;
    const log = readFileSync(server.log, 'utf8');
    await server.kill9();
    if (how.port === undefined && attempt < 4 && /address .*in use|EADDRINUSE/i.test(log)) continue;
    throw new Error(`${how.command} on port ${server.port} ${problem}\n${log.slice(-2000)}`);
  }
}

function start(how: Launch, port: number) {
  const dir = how.dir ?? mkdtempSync(join(tmpdir(), 'grovekv-'));
  const log = join(dir, 'server.log');
  const output = openSync(log, 'a');
  const child = spawn(how.command, how.args(port, dir), {
    cwd: dir,
    // Its own process group: Ctrl-C must not end it before those who use it have ended.
    detached: true,
    stdio: ['ignore', output, output],
  });
  closeSync(output);
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });
  child.unref();
  const guard = cleanUpAfterThisProcess({
    ...(child.pid !== undefined && { kill: child.pid }),
    ...(how.dir === undefined && { remove: dir }),
  });

  const end = async (signal: NodeJS.Signals): Promise<void> => {
    child.ref();
    child.kill(signal);
    // One that a test has stopped would not hear SIGTERM.
    child.kill('SIGCONT');
    const timer = setTimeout(() => child.kill('SIGKILL'), 3000);
    await ended;
    clearTimeout(timer);
    guard.callOff();
    if (how.dir === undefined) rmSync(dir, { recursive: true, force: true });
  };
  const hasEnded = () => child.pid === undefined || child.exitCode !== null || !!child.signalCode;
  return {
    port,
    dir,
    log,
    pid: child.pid ?? 0,
    hasEnded,
    stop: () => end('SIGTERM'),
    kill9: () => end('SIGKILL'),
  };
}

async function waitUntilUp(
  server: ReturnType<typeof start>,
  how: Launch,
): Promise<string | undefined> {
  const deadline = Date.now() + startWithinMs;
  while (Date.now() < deadline) {
    if (await answers(server.port, how.question, (answer) => how.isUp(answer, server.pid))) {
      return undefined;
    }
    if (server.hasEnded()) return 'ended at once';
    await sleep(20);
  }
  return `did not answer within ${startWithinMs} ms`;
}

/** Whether what listens on a port of 127.0.0.1 answers `question` so that `isRight` holds. */
function answers(
  port: number,
  question: string,
  isRight: (answer: string) => boolean,
): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(question));
    let received = '';
    const finish = (): void => {
      socket.destroy();
      resolve(isRight(received));
    };
    socket.setTimeout(200, finish);
    socket.on('data', (chunk) => {
      received += chunk.toString('latin1');
      if (isRight(received)) finish();
    });
    socket.on('error', finish);
    socket.on('close', finish);
  });
}
