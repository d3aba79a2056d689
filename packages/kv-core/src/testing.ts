export { createManualClock, type ManualClock } from './lib/testing/manual-clock.js';
export { portable } from './lib/testing/portable.js';
