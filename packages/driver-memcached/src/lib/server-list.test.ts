import { expect, test } from 'vitest';
import { parseServers } from './server-list.js';

test.each([
  ['localhost', [['localhost', 11_211]]],
  ['127.0.0.1:7', [['127.0.0.1', 7]]],
  ['[::1]:7', [['::1', 7]]],
  ['[::1]', [['::1', 11_211]]],
  [
    'a:1, b:2,[fe80::1%eth0]:3',
    [
      ['a', 1],
      ['b', 2],
      ['fe80::1%eth0', 3],
    ],
  ],
  [
    ['a:1', 'a:2'],
    [
      ['a', 1],
      ['a', 2],
    ],
  ],
] as const)('%j', (servers, expected) => {
  expect(parseServers(servers).map(({ host, port }) => [host, port])).toEqual(expected);
});

test.each([
  ...['', ',', 'a:', 'a:0', 'a:65536', 'a:1:2', '::1', '::1:7', '[::1', 'a:x', 'user:pass@a:1'],
  ...['http://a:1', 'a b', 'a:1,a:1', 'a,a:11211'],
  ...[[], [''], [1 as unknown as string]],
])('%j is refused', (servers) => {
  expect(() => parseServers(servers)).toThrow(
    expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
  );
});
