export type { Mutant } from './lib/mutants/mutant.js';
export { mutants } from './lib/mutants/mutants.js';
export { ReferenceDatabase, ReferenceDriver } from './lib/mutants/reference-driver.js';
