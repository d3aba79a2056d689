import type { Clock, Driver } from '@grovekv/kv-core/driver';
import { createManualClock } from '@grovekv/kv-core/testing';
import { describe, expect, it } from 'vitest';
import { CALL, put, read, readText, text } from './embedded-data.js';

/** A driver that expires keys by its own clock and sweeps them, on a new database. */
export interface Sweeping {
  readonly driver: Driver &
    Required<Pick<Driver, 'mutate' | 'scan'>> & { sweep(): Promise<number> };
  /** How many records and index rows the database holds, expired ones included. */
  stored(): Promise<{ readonly records: number; readonly rows: number }>;
}

export interface SweepingOptions {
  readonly clock: Clock;
  readonly sweepIntervalMs: number | false;
  readonly sweepLimit?: number;
}

/** Registers the tests of times to live of an embedded driver. */
export function testTtl(open: (options: SweepingOptions) => Sweeping): void {
  describe('ttl on an injected clock', () => {
    it('expires at the very millisecond, for reads, conditions, mutations and scans', async () => {
      const clock = createManualClock();
      const { driver } = open({ clock, sweepIntervalMs: false });
      expect(driver.clock).toBe(clock);
      const keys = ['get', 'absent', 'present', 'mutate', 'touch', 'keep'];
      await driver.write(
        keys.map((key) => put(key, 'v', 100)),
        CALL,
      );
      await clock.advance(99);
      expect((await read(driver, 'get'))?.ttlMs).toBe(1);
      expect((await driver.scan({ prefix: '', limit: 100 }, CALL)).keys).toHaveLength(6);
      await clock.advance(1);
      expect(await read(driver, 'get')).toBeUndefined();
      expect((await driver.scan({ prefix: '', limit: 100 }, CALL)).keys).toEqual([]);

      const results = await driver.write(
        [
          { ...put('absent', 'new'), condition: 'absent' },
          { ...put('present', 'new'), condition: 'present' },
          { type: 'touch', key: 'touch', condition: 'any', ttl: 1_000 },
          put('keep', 'new', 'keep'),
        ],
        CALL,
      );
      expect(results.map((result) => (result as { applied: boolean }).applied)).toEqual([
        true,
        false,
        false,
        true,
      ]);
      expect((await read(driver, 'keep'))?.ttlMs).toBeUndefined();
      let seen: unknown = 'not run';
      await driver.mutate(
        [
          {
            key: 'mutate',
            apply: (current) => {
              seen = current;
              return put('mutate', 'again', 50);
            },
          },
        ],
        CALL,
      );
      expect(seen).toBeUndefined();
      expect((await read(driver, 'mutate'))?.ttlMs).toBe(50);
    });

    it('keeps, changes and removes the time to live', async () => {
      const clock = createManualClock();
      const { driver } = open({ clock, sweepIntervalMs: false });
      await driver.write([put('k', '1', 1_000)], CALL);
      await clock.advance(400);
      await driver.write([put('k', '2', 'keep')], CALL);
      expect((await read(driver, 'k'))?.ttlMs).toBe(600);
      await driver.write([{ type: 'touch', key: 'k', condition: 'any', ttl: 50 }], CALL);
      expect((await read(driver, 'k'))?.ttlMs).toBe(50);
      await driver.write([{ type: 'touch', key: 'k', condition: 'present', ttl: 'none' }], CALL);
      await clock.advance(10_000_000);
      expect(text(await read(driver, 'k'))).toBe('2');
      await driver.write([put('k', '3', 2 ** 53)], CALL);
      await clock.advance(10_000_000);
      expect(await readText(driver, 'k')).toBe('3');
    });

    it('is never early on a clock with fractions', async () => {
      let now = 1_000.75;
      const clock = { ...createManualClock(), now: () => now };
      const { driver } = open({ clock, sweepIntervalMs: false });
      await driver.write([put('k', 'v', 1)], CALL);
      now = 1_001.7;
      expect(await readText(driver, 'k')).toBe('v');
      now = 1_002;
      expect(await read(driver, 'k')).toBeUndefined();
    });
  });

  describe('the sweep', () => {
    it('runs by the clock, removes a bounded number at a time and nothing that lives', async () => {
      const clock = createManualClock();
      const { driver, stored } = open({ clock, sweepIntervalMs: 1_000, sweepLimit: 10 });
      const short = Array.from({ length: 25 }, (_, index) => put(`short:${index}`, 'v', 500));
      await driver.write([...short, put('long', 'v', 5_000), put('ever', 'v')], CALL);
      expect(await stored()).toEqual({ records: 27, rows: 26 });

      const sweptTo = (records: number, rows: number): Promise<void> =>
        expect.poll(() => stored()).toEqual({ records, rows });
      await clock.advance(999);
      expect(await stored()).toEqual({ records: 27, rows: 26 });
      await clock.advance(1);
      await sweptTo(17, 16);
      await clock.advance(100);
      await sweptTo(7, 6);
      await clock.advance(100);
      await sweptTo(2, 1);
      await clock.advance(10_000);
      await sweptTo(1, 0);
      expect(await readText(driver, 'ever')).toBe('v');
    });

    it('leaves a key alone that was written again, with or without a ttl', async () => {
      const clock = createManualClock();
      const { driver, stored } = open({ clock, sweepIntervalMs: false });
      const keys = ['plain', 'longer', 'touched', 'persisted', 'mutated', 'recreated'];
      await driver.write(
        keys.map((key) => put(key, 'old', 100)),
        CALL,
      );
      await driver.write([{ type: 'delete', key: 'recreated', condition: 'any' }], CALL);
      await driver.write([put('plain', 'new')], CALL);
      await driver.write(
        [
          put('longer', 'new', 1_000),
          put('recreated', 'new'),
          { type: 'touch', key: 'touched', condition: 'any', ttl: 1_000 },
          { type: 'touch', key: 'persisted', condition: 'any', ttl: 'none' },
        ],
        CALL,
      );
      await driver.mutate([{ key: 'mutated', apply: () => put('mutated', 'new', 1_000) }], CALL);
      await clock.advance(500);
      await driver.sweep();
      for (const key of keys) expect(await read(driver, key)).toBeDefined();
      expect(await stored()).toEqual({ records: 6, rows: 3 });
      await clock.advance(600);
      expect(await driver.sweep()).toBe(3);
      expect(await driver.sweep()).toBe(0);
      expect(await stored()).toEqual({ records: 3, rows: 0 });
    });

    it('races with writers and never takes a live key', async () => {
      const clock = createManualClock();
      const { driver, stored } = open({ clock, sweepIntervalMs: false });
      for (let round = 0; round < 30; round += 1) {
        const keys = Array.from({ length: 20 }, (_, index) => `${round}:${index}`);
        await driver.write(
          keys.map((key) => put(key, 'old', 10)),
          CALL,
        );
        await clock.advance(10);
        const [, results] = await Promise.all([
          driver.sweep(),
          driver.write(
            keys.map((key) => ({ ...put(key, 'new', 1_000), condition: 'absent' as const })),
            CALL,
          ),
          driver.sweep(),
        ]);
        expect(results.every((result) => 'applied' in result && result.applied)).toBe(true);
        for (const key of keys) expect(await readText(driver, key)).toBe('new');
      }
      await clock.advance(1_000);
      await driver.sweep();
      expect(await stored()).toEqual({ records: 0, rows: 0 });
    });
  });
}
