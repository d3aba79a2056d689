export { ConformanceError } from './lib/assert/assert.js';
export {
  type ConformanceReport,
  conformanceReport,
} from './lib/suite/conformance-report.js';
export { driverConformance, type TestRunner } from './lib/suite/driver-conformance.js';
export type { ConformanceOptions } from './lib/suite/options.js';
export type { ConformanceResult } from './lib/suite/result.js';
export { runConformance } from './lib/suite/run-conformance.js';
export { type ThemeName, themeNames } from './lib/suite/theme.js';
