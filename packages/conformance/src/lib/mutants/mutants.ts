import { dataMutants } from './data-mutants.js';
import type { Mutant } from './mutant.js';
import { raceMutants } from './race-mutants.js';
import { sortedMutants } from './sorted-mutants.js';
import { writeMutants } from './write-mutants.js';

/** All seeded bugs. A suite that lets one of them pass proves nothing about it. */
export const mutants: readonly Mutant[] = [
  ...dataMutants,
  ...writeMutants,
  ...raceMutants,
  ...sortedMutants,
];
