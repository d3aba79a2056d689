import { describe, expect, it } from 'vitest';
import { sessionCodec, userCodec } from './record-codec.js';
import type { LiveRecord, SessionRecord } from './session-record.js';

const live: LiveRecord = {
  type: 'live',
  user: undefined,
  made: '1795768800000',
  seen: '1795768800123.5',
  ends: undefined,
  data: '{"cart":["tea"]}',
  flash: '{}',
  changes: '',
  to: undefined,
  strict: false,
  bytes: undefined,
};

const records: SessionRecord[] = [
  live,
  {
    ...live,
    user: 'a "b"\n c,d é \\',
    made: '0',
    seen: '-5',
    ends: 2 ** 53,
    data: '{"a\\n":"{é}\\n"}',
    flash: '{"note":"x y"}',
    changes: '.1.abc.2.abc,.0.abc',
    to: 'next-_1',
    strict: true,
  },
  { ...live, user: '!', to: 'next', data: '{}' },
  { type: 'moved', to: 'next' },
  { type: 'dead', changes: '' },
  { type: 'dead', changes: '.1.abc,.2.abc' },
];

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const corrupt = expect.objectContaining({ code: 'CORRUPT_VALUE' });

describe('the text of a session', () => {
  it('comes back as it was', () => {
    for (const record of records) {
      const bytes = sessionCodec.encode(record);
      const back = sessionCodec.decode(bytes);
      if (back.type === 'live') expect(back.bytes).toBe(bytes);
      expect({ ...back, bytes: undefined }).toEqual({ ...record, bytes: undefined });
    }
  });

  it('is what the decision on the format says', () => {
    const changes = '.2.x,.1.x';
    const record = { ...live, user: 'ada', seen: '7', ends: 9, changes, flash: '{"a":1}' };
    expect(textOf(sessionCodec.encode(record))).toBe(
      'S1 1795768800000 7 9 .2.x,.1.x \n"ada"\n{"cart":["tea"]}\n{"a":1}',
    );
  });

  it('of anything else, or cut short before its data, is refused', () => {
    const whole = textOf(sessionCodec.encode(records[1]!));
    const dataAt = whole.indexOf('\n{') + 2;
    for (let end = 0; end < dataAt; end += 1) {
      expect(() => sessionCodec.decode(bytesOf(whole.slice(0, end)))).toThrow(corrupt);
    }
    const wrong = [
      '{"v":1}',
      'S2 1 1   \n\n{}',
      'S1 1 1  \n\n{}',
      'S1  1   \n\n{}',
      'S1 1    \n\n{}',
      'S1 1 1 x  \n\n{}',
      'S1 1 1   \nada\n{}',
      'S1 1 1   \n7\n{}',
      'S1 1 1   \n\n[]',
      'S1 1 1   \n\n{}\nnull',
      'P1 ',
      'P2 next',
      'D2 ',
      'U1  a',
    ];
    for (const text of wrong) expect(() => sessionCodec.decode(bytesOf(text))).toThrow(corrupt);
    expect(() => sessionCodec.decode(Uint8Array.of(0x53, 0x31, 0x20, 0xff))).toThrow(corrupt);
  });
});

describe('the text of a user', () => {
  it('comes back as it was', () => {
    for (const sessions of [[], ['one'], ['one', 'two']]) {
      for (const changes of ['', '.1.a', '.2.a,.1.a']) {
        const record = { sessions, changes };
        expect(userCodec.decode(userCodec.encode(record))).toEqual(record);
      }
    }
  });

  it('of anything else is refused', () => {
    for (const text of ['', 'U1', 'U1 a', 'U2  a', 'U1 a b c', '{"v":1}', 'S1 1 1   \n\n{}']) {
      expect(() => userCodec.decode(bytesOf(text))).toThrow(corrupt);
    }
  });
});
