import { startServices } from './services.js';

/** Gives the tests their servers, also when vitest is run by hand for a single file. */
export default async function setup(): Promise<() => Promise<void>> {
  const services = await startServices();
  Object.assign(process.env, services.env);
  return services.stop;
}
