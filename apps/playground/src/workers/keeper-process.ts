// See keeper.ts. Ends when its parent does.
import { rmSync } from 'node:fs';
import type { Charge } from './keeper.js';

const processes = new Set<number>();
const folders = new Set<string>();

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});

process.on('message', ({ type, id, keep }: Charge) => {
  const charges: Set<number | string> = type === 'process' ? processes : folders;
  if (keep) charges.add(id);
  else charges.delete(id);
});

process.on('disconnect', () => {
  for (const id of processes) {
    try {
      process.kill(id, 'SIGKILL');
    } catch {
      // It has ended by itself.
    }
  }
  for (const folder of folders) rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  process.exit();
});

process.send?.('ready');
