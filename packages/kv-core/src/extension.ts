export { GenerationMap, type GenerationMapOptions } from './lib/generations/generation-map.js';
