// `node --import tsx scripts/services/main.ts -- COMMAND…`: starts the servers, runs COMMAND with
// their addresses in its environment, stops them, and exits as COMMAND did.
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { startServices } from './services.js';

const [command, ...args] = process.argv.slice(process.argv[2] === '--' ? 3 : 2);
if (!command) {
  console.error('usage: node --import tsx scripts/services/main.ts -- COMMAND…');
  process.exit(2);
}

const services = await startServices();
for (const [name, value] of Object.entries(services.env)) {
  console.error(`${name}=${value}${services.given.includes(name) ? ' (given)' : ''}`);
}

const child = spawn(command, args, { stdio: 'inherit', env: { ...process.env, ...services.env } });
// A terminal sends Ctrl-C to the child as well; a supervisor's SIGTERM reaches only us.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => child.kill('SIGTERM'));
const status = await new Promise<number>((resolve) => {
  child.on('error', (error) => {
    console.error(error.message);
    resolve(127);
  });
  child.on('exit', (code, signal) => resolve(code ?? 128 + constants.signals[signal ?? 'SIGTERM']));
});
await services.stop();
process.exit(status);
