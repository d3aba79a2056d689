import { describe, expect, it } from 'vitest';
import { readArgs, UsageError } from '../src/args.js';

describe('the command line', () => {
  it('has defaults', () => {
    expect(readArgs([])).toEqual({ port: 4300, open: false, store: undefined });
  });

  it('names a store', () => {
    expect(readArgs(['--path', './data'])?.store).toEqual({ driver: 'lmdb', path: './data' });
    const url = 'redis://:secret@127.0.0.1:7000';
    expect(readArgs(['--driver', 'redis', '--url', url])?.store).toEqual({ driver: 'redis', url });
    expect(readArgs(['--driver', 'redis', '--port', '0', '--open'])).toEqual({
      port: 0,
      open: true,
      store: { driver: 'redis', url: 'redis://127.0.0.1:6379' },
    });
  });

  it('helps', () => {
    expect(readArgs(['--help'])).toBeUndefined();
    expect(readArgs(['-h'])).toBeUndefined();
  });

  it.each([
    [['--port', 'x'], /--port is a number/],
    [['--port', '65536'], /--port is a number/],
    [['--port=-1'], /--port is a number/],
    [['--port'], /port/],
    [['--prot', '1'], /--prot/],
    [['stray'], /stray/],
    [['--driver', 'mysql'], /lmdb or redis, not "mysql"/],
    [['--driver', 'memory'], /one process alone/],
    [['--url', 'redis://h'], /--driver redis/],
    [['--driver', 'redis', '--url', 'http://h'], /redis:\/\/ or rediss:\/\//],
    [['--driver', 'redis', '--url', 'nonsense'], /redis:\/\/ or rediss:\/\//],
    [['--driver', 'redis', '--path', 'x'], /--driver lmdb/],
    [['--path', ''], /--path is a folder/],
  ])('refuses %j in words', (argv, message) => {
    expect(() => readArgs(argv)).toThrowError(UsageError);
    expect(() => readArgs(argv)).toThrowError(message);
  });
});
