export { bytes } from './lib/codec/bytes.js';
export type { Codec } from './lib/codec/codec.js';
export { json, parseJson, stringifyJson } from './lib/codec/json.js';
export { text } from './lib/codec/text.js';
