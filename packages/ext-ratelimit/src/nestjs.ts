export { type NestThrottlerStorage, nestStorage } from './lib/adapters/nestjs-storage.js';
