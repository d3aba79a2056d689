export { bytes } from './lib/codec/bytes.js';
export type { Codec } from './lib/codec/codec.js';
export { json } from './lib/codec/json.js';
export { text } from './lib/codec/text.js';
