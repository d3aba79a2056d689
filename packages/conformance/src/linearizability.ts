export {
  type CheckOptions,
  type CheckResult,
  checkLinearizable,
} from './lib/linearizability/check-linearizable.js';
export { HistoryRecorder, type Model, type Operation } from './lib/linearizability/history.js';
export { type KeyInput, type KeyOutput, keyModel } from './lib/linearizability/key-model.js';
