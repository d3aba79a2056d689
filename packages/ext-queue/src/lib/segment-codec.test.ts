import { isKvError } from '@grovekv/kv-core';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Entry } from './entry.js';
import type { Segment } from './segment.js';
import { entryBytes, GROWTH_BYTES, segmentCodec } from './segment-codec.js';

const word = fc.nat({ max: 2 ** 32 - 1 });
const uid = fc.record({ process: word, serial: word });
const span = fc.nat({ max: 2 ** 45 });
const text = fc.string({ unit: 'grapheme', maxLength: 20 }).filter((value) => value.isWellFormed());
const entry: fc.Arbitrary<Entry> = fc
  .record({
    state: fc.constantFrom('waiting', 'leased', 'leaving', 'done'),
    uid,
    origin: uid,
    token: uid,
    level: fc.nat({ max: 9 }),
    attempts: fc.nat({ max: 10_000 }),
    maxAttempts: fc.integer({ min: 1, max: 10_000 }),
    backoff: fc.record({
      doubling: fc.boolean(),
      delayMs: fc.integer({ min: 1, max: 2 ** 32 - 1 }),
      maxDelayMs: word,
    }),
    leftMs: span,
    dueAt: span,
    enqueuedAt: span,
    id: text,
    dedupe: text,
    reason: text,
    target: fc.option(
      fc.record({
        lane: fc.constantFrom('x', 'r0', 'd3.99'),
        segment: fc.integer({ min: -1, max: 2 ** 40 }),
        uid,
      }),
      { nil: undefined },
    ),
    payload: fc.uint8Array({ maxLength: 50 }),
  })
  .map((value) => value as Entry);
const segment: fc.Arbitrary<Segment> = fc.record({
  stamp: uid,
  base: span,
  sealed: fc.boolean(),
  entries: fc.array(entry, { maxLength: 64 }),
});

it('every segment comes back, within the bytes that were counted for it', () => {
  fc.assert(
    fc.property(segment, (value) => {
      const bytes = segmentCodec.encode(value);
      expect(segmentCodec.decode(new Uint8Array(bytes))).toEqual(value);
      const counted = value.entries.reduce((sum, one) => sum + entryBytes(one) + GROWTH_BYTES, 64);
      expect(bytes.byteLength).toBeLessThanOrEqual(counted);
    }),
    { numRuns: 200 },
  );
});

it('foreign, cut and trailing bytes are CORRUPT_VALUE', () => {
  const check = (bytes: Uint8Array): void => {
    try {
      segmentCodec.decode(bytes);
      expect.unreachable('foreign bytes were taken for a segment');
    } catch (error) {
      if (!isKvError(error, 'CORRUPT_VALUE')) throw error;
    }
  };
  fc.assert(
    fc.property(segment, fc.nat(), (value, at) => {
      const bytes = segmentCodec.encode(value);
      check(bytes.slice(0, at % bytes.byteLength));
      check(Uint8Array.of(...bytes, 0));
    }),
    { numRuns: 100 },
  );
  check(new TextEncoder().encode('{"a":1}'));
});
