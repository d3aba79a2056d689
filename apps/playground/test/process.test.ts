import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type RunningPlayground, runPlayground } from './run-playground.js';

let running: RunningPlayground | undefined;
afterEach(() => running?.stop('SIGKILL'));

async function run(...args: string[]): Promise<RunningPlayground> {
  running = await runPlayground(args);
  return running;
}

interface LockSnapshot {
  readonly workers: readonly {
    readonly id: number;
    readonly pid: number;
    readonly state: string;
  }[];
}

/** Follows a demo until `enough` says so. */
async function follow(
  { url }: RunningPlayground,
  enough: (snapshot: LockSnapshot) => boolean,
): Promise<LockSnapshot> {
  const response = await fetch(`${url}/api/lock/events`);
  let text = '';
  const decoder = new TextDecoder();
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
    text += decoder.decode(chunk, { stream: true });
    const messages = text.split('\n\n');
    text = messages.pop() ?? '';
    for (const message of messages) {
      const snapshot = JSON.parse(message.replace(/^data: /, '')) as LockSnapshot;
      if (enough(snapshot)) return snapshot;
    }
  }
  throw new Error('the stream ended');
}

/** Processes started by `pid`, and theirs. */
function descendants(pid: number): number[] {
  const lines = execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' }).split('\n');
  const pairs = lines.map((line) => line.trim().split(/\s+/).map(Number));
  const of = (parent: number): number[] =>
    pairs.flatMap(([id, its]) => (its === parent && id ? [id, ...of(id)] : []));
  return of(pid);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

function dataIn(folder: string): string[] {
  return readdirSync(folder).filter((name) => name.startsWith('grovekv-playground-'));
}

describe('the process', () => {
  it.each(['SIGINT', 'SIGTERM', 'SIGKILL', 'SIGKILL to the group'] as const)(
    'leaves neither workers nor data behind after %s, a paused worker included',
    async (how) => {
      // Of its own: other tests run playgrounds at the same time.
      const temporary = mkdtempSync(join(tmpdir(), 'grovekv-process-'));
      const detached = how === 'SIGKILL to the group';
      running = await runPlayground(['--port', '0'], { detached, temporary });
      const playground = running;
      const { workers } = await follow(playground, ({ workers }) => workers.length === 3);
      expect(dataIn(temporary)).toHaveLength(1);
      const paused = workers[0]!.id;
      await fetch(`${playground.url}/api/lock/pause/${paused}`, {
        method: 'POST',
        headers: { origin: playground.url },
      });
      await follow(playground, ({ workers }) => workers[0]?.state === 'paused');
      const processes = descendants(playground.process.pid!);
      expect(processes.length).toBeGreaterThanOrEqual(4);

      if (detached) process.kill(-playground.process.pid!, 'SIGKILL');
      else expect(await playground.stop(how)).toBe(how === 'SIGKILL' ? null : 0);
      await vi.waitFor(
        () => {
          expect(processes.filter(isAlive)).toEqual([]);
          expect(dataIn(temporary)).toEqual([]);
        },
        { timeout: 10_000, interval: 50 },
      );
      rmSync(temporary, { recursive: true });
    },
  );

  it('takes a free port if its own is taken, and says so', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => other.once('listening', resolve));
    const { port } = other.address() as { port: number };
    const playground = await run('--port', String(port));
    other.close();
    expect(playground.output).toContain(`Port ${port} is taken.`);
    expect(playground.url).not.toContain(`:${port}`);
    expect((await fetch(playground.url)).status).toBe(200);
  });

  it('ends with a message for a mistake, and for a server that is not there', async () => {
    const mistaken = await run('--driver', 'memory');
    expect(mistaken.url).toBe('');
    expect(mistaken.process.exitCode).toBe(2);
    expect(mistaken.output).toMatch(/one process alone[\s\S]*usage:/);
    const lonely = await run('--port', '0', '--driver', 'redis', '--url', 'redis://127.0.0.1:1');
    expect(lonely.url).toBe('');
    expect(lonely.process.exitCode).toBe(1);
    expect(lonely.output).not.toMatch(/\n {4}at /);
  });

  it('keeps a folder that was named, without what it put there itself', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'grovekv-named-'));
    try {
      const playground = await run('--port', '0', '--path', folder);
      expect(playground.output).toContain(folder);
      await follow(playground, ({ workers }) => workers.length === 3);
      await playground.stop();
      expect(readdirSync(folder).length).toBeGreaterThan(0);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

describe('the server', () => {
  it('answers to pages of its own only', async () => {
    const { url } = await run('--port', '0');
    const post = (headers: Record<string, string>) =>
      fetch(`${url}/api/lock/add`, { method: 'POST', headers });
    expect((await post({})).status).toBe(403);
    expect((await post({ origin: 'http://localhost:1' })).status).toBe(403);
    expect((await post({ origin: 'null' })).status).toBe(403);
    expect((await post({ origin: url })).status).toBe(204);
    const { hostname, port } = new URL(url);
    const status = execFileSync(
      'curl',
      ['-s', '-o', '/dev/null', '-w', '%{http_code}', '-H', 'Host: evil.example', url],
      { encoding: 'utf8' },
    );
    expect(status).toBe('403');
    expect(hostname).toBe('localhost');
    expect((await fetch(`http://127.0.0.1:${port}/`)).status).toBe(200);
  });

  it('refuses what is not there, in words', async () => {
    const { url } = await run('--port', '0');
    const post = async (path: string) => {
      const headers = { origin: url };
      const response = await fetch(`${url}/api/${path}`, { method: 'POST', headers });
      return [response.status, await response.text()];
    };
    expect(await post('lock/dance')).toEqual([404, 'There is no such action.']);
    expect(await post('lock/kill/7')).toEqual([409, 'this worker has ended']);
    expect(await post('lock/kill/-1')).toEqual([404, 'There is nothing here.']);
    expect(await post('nothing/add')).toEqual([404, 'There is nothing here.']);
    for (const path of [
      '/package.json',
      '/../package.json',
      '/%2e%2e/package.json',
      '/src/main.ts',
    ]) {
      expect((await fetch(url + path)).status).toBe(404);
    }
    for (let count = 0; count < 8; count += 1) expect((await post('lock/add'))[0]).toBe(204);
    expect((await post('lock/add'))[0]).toBe(409);
  });
});
