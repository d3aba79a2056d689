export {
  type FastifyRateLimitStore,
  type FastifyStoreOptions,
  fastifyStore,
} from './lib/adapters/fastify-store.js';
