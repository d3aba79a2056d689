import { createManualClock } from '@grovekv/kv-core/testing';
import { describe, expect, it } from 'vitest';
import { type ConformanceOptions, runConformance } from '../src/index.js';
import { type Mutant, mutants, ReferenceDatabase, ReferenceDriver } from '../src/mutants.js';

function optionsFor(connect: Mutant['connect']): ConformanceOptions {
  const clock = createManualClock();
  const database = new ReferenceDatabase(clock);
  return {
    name: 'reference',
    create: () => connect(database),
    clock,
    advance: (ms) => clock.advance(ms),
    outage: {
      start: () => {
        database.down = true;
      },
      stop: () => {
        database.down = false;
      },
    },
    log: () => {},
  };
}

describe('the reference driver', () => {
  it('passes every theme', async () => {
    const results = await runConformance(optionsFor((database) => new ReferenceDriver(database)));
    const others = results.filter(({ status }) => status !== 'passed');
    // Its versions count writes.
    expect(others.map(({ reason }) => reason)).toEqual(['the driver has no versionOf']);
  });
});

describe('every mutant is caught by its theme', () => {
  for (const { name, theme, connect } of mutants) {
    it(`${theme}: ${name}`, async () => {
      const results = await runConformance({ ...optionsFor(connect), themes: [theme] });
      const caught = results.filter(({ status }) => status === 'failed');
      expect(caught.length, `survived ${results.length} tests`).toBeGreaterThan(0);
    });
  }
});
