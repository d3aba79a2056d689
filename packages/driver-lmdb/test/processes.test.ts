import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { lmdbDriver } from '../src/index.js';
import { Child } from './child.js';
import { CALL, newDriver, newFolder, put, read, readText } from './support.js';

/** Whether a process stands still, as the kernel tells it. */
function isStopped(pid: number): boolean {
  return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.startsWith('T') === true;
}

async function holderInTransaction(path: string): Promise<Child> {
  const holder = new Child('holder', path);
  await holder.said('ready');
  holder.tell('go');
  await expect.poll(() => isStopped(holder.process.pid!), { timeout: 10_000 }).toBe(true);
  return holder;
}

it('a read sees what another process has been told is written, also within one turn', async () => {
  const path = newFolder();
  const driver = newDriver({ path, durability: 'crash-safe' });
  await driver.write([put('tick', '0')], CALL);
  const output = `${path}/said`;
  const ticker = new Child('ticker', path, output);
  await ticker.said('1');
  const latest = (): number => Number(readFileSync(output, 'utf8').trimEnd().split('\n').at(-1));
  const seen = (): number => {
    const answer = driver.get(['tick'], { ...CALL, ttl: false });
    const [entry] = answer as unknown as [{ value: Uint8Array }];
    return Number(Buffer.from(entry.value).toString());
  };
  // No await between the reads: lmdb's own read transaction would last for all of this turn.
  for (let round = 0; round < 50; round += 1) {
    const before = seen();
    let said = latest();
    while (said <= before) said = latest();
    expect(seen()).toBeGreaterThanOrEqual(said);
  }
  await ticker.kill();
});

it('while another process stands still in a transaction: reads answer, writes time out, close is bounded', async () => {
  const path = newFolder();
  const driver = lmdbDriver({ path });
  const other = newDriver({ path });
  await driver.write([put('mine', '1')], CALL);
  const holder = await holderInTransaction(path);
  expect(await readText(driver, 'before')).toBe('here');

  const short = { timeoutMs: 200 };
  let ran = false;
  const apply = () => {
    ran = true;
    return put('late', '1');
  };
  const timeout = { code: 'TIMEOUT', outcome: 'none' };
  await expect(driver.write([put('late', '1')], short)).rejects.toMatchObject(timeout);
  await expect(driver.mutate([{ key: 'late', apply }], short)).rejects.toMatchObject(timeout);
  await expect(driver.commit([], [put('late', '1')], short)).rejects.toMatchObject(timeout);
  await driver.close();
  expect(await readText(other, 'mine')).toBe('1');

  holder.process.kill('SIGCONT');
  await holder.said('went on');
  await holder.finished();
  await other.write([put('mine', '2')], CALL);
  expect(await readText(other, 'mine')).toBe('2');
  expect(await readText(other, 'held')).toBe('by the holder');
  // What timed out had not begun, and never ran.
  expect(ran).toBe(false);
  expect(await read(other, 'late')).toBeUndefined();
});

it('a process that is killed in the middle of a transaction holds nobody up', async () => {
  const path = newFolder();
  const driver = newDriver({ path });
  await driver.write([put('mine', '1')], CALL);
  const holder = await holderInTransaction(path);
  const waiting = driver.write([put('mine', '2')], CALL);
  await holder.kill();
  expect(await waiting).toMatchObject([{ applied: true }]);
  expect(await read(driver, 'held')).toBeUndefined();
  expect(await readText(driver, 'mine')).toBe('2');
});

it('a full disk is a definite failure, ends no process, and passes', async () => {
  const path = newFolder();
  const script = new Child('filler', path);
  await script.finished();
  expect(script.lines).toContain('refused UNAVAILABLE none');
  expect(script.lines).toContain('read back');
  expect(script.lines).toContain('written again');
  const driver = newDriver({ path });
  for (const line of script.lines.filter((said) => said.startsWith('ok '))) {
    expect((await read(driver, line.slice(3)))?.value.byteLength).toBe(20_000);
  }
});
