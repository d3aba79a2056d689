import { expect, test } from 'vitest';
import { livingFor, livingUntil } from './expiry.js';

const value = new Uint8Array();
const now = 1_800_000_000_123;
const day = 24 * 60 * 60 * 1_000;
const seconds = (ttl: number | 'none') => livingFor(value, ttl, now).seconds;

test('n seconds on the server live at least n - 1: one more is sent', () => {
  expect([1, 999, 1_000, 1_001].map(seconds)).toEqual([2, 2, 2, 3]);
  expect(seconds('none')).toBe(0);
});

test('over 30 days a date is sent, never one that comes early, and none after 2106', () => {
  expect(seconds(30 * day - 1_000)).toBe(30 * 24 * 60 * 60);
  for (const ttl of [30 * day, 31 * day, 2 ** 32]) {
    expect(seconds(ttl) * 1_000).toBeGreaterThanOrEqual(now + ttl + 1_000);
    expect(seconds(ttl) * 1_000).toBeLessThan(now + ttl + 3_000);
  }
  expect(seconds(2 ** 32 * 1_000)).toBe(0);
  expect(seconds(Number.MAX_SAFE_INTEGER)).toBe(0);
});

test('a kept expiry is never put off by more than the item was late anyway', () => {
  for (const left of [5_000, 1_000, 1, 0, -1, -999]) {
    const item = livingUntil(value, now + left, now);
    expect(item?.expiresAt).toBe(now + left);
    expect(item!.seconds).toBeGreaterThan(0);
    expect(item!.seconds * 1_000).toBeLessThanOrEqual(Math.max(0, left) + 2_000);
    expect(now + item!.seconds * 1_000).toBeLessThanOrEqual(now + left + 2_000);
  }
  expect(livingUntil(value, now - 1_000, now)).toBeUndefined();
  expect(livingUntil(value, now - day, now)).toBeUndefined();
  expect(livingUntil(value, undefined, now)).toMatchObject({ seconds: 0, expiresAt: undefined });
});
