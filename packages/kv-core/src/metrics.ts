export { type MetricsOptions, metrics } from './lib/hooks/metrics.js';
