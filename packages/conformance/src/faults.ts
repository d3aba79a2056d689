export {
  type FaultCounts,
  type FaultOptions,
  type FaultyDriver,
  faultyDriver,
} from './lib/faults/faulty-driver.js';
