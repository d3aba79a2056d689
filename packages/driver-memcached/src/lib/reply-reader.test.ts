import { expect, test } from 'vitest';
import { ReplyReader } from './reply-reader.js';

function reply(mark: number, text: string): Buffer {
  const bytes = Buffer.alloc(24 + text.length);
  bytes[0] = 0x81;
  bytes.writeUInt32BE(text.length, 8);
  bytes.writeUInt32BE(mark, 12);
  bytes.write(text, 24);
  return bytes;
}

const texts = ['', 'a', 'bc', 'x'.repeat(100), ''];
const stream = Buffer.concat(texts.map((text, mark) => reply(mark, text)));

test.each([1, 2, 7, 23, 24, 25, 48, 1_000])('replies in chunks of %i bytes', (size) => {
  const reader = new ReplyReader();
  const seen: [number, string][] = [];
  for (let at = 0; at < stream.length; at += size) {
    const whole = reader.push(Buffer.from(stream.subarray(at, at + size)), ({ mark, text }) =>
      seen.push([mark, text]),
    );
    expect(whole).toBe(true);
  }
  expect(seen).toEqual(texts.map((text, mark) => [mark, text]));
});

test('what is no reply is refused, and forgotten by a reset', () => {
  const reader = new ReplyReader();
  expect(reader.push(Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n'), () => {})).toBe(false);
  reader.reset();
  expect(reader.push(stream, () => {})).toBe(true);
});

test('a reset while replies are handed on forgets the rest of the chunk', () => {
  const reader = new ReplyReader();
  const seen: number[] = [];
  const broken = Buffer.concat([reply(1, 'a'), reply(2, 'b'), reply(3, 'c').subarray(0, 10)]);
  reader.push(broken, ({ mark }) => {
    seen.push(mark);
    reader.reset();
  });
  // What comes next is of another connection.
  expect(reader.push(reply(4, 'd'), ({ mark }) => seen.push(mark))).toBe(true);
  expect(seen).toEqual([1, 4]);
});
