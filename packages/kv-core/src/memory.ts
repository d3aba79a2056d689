export { type MemoryDriverOptions, memoryDriver } from './lib/memory/memory-driver.js';
