export { msgpack } from './lib/codec/msgpack.js';
