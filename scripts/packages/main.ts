// `npm run check-packages`, and a stage of `npm test`: packs every published package and looks at
// the tarballs as a user gets them. The packages must have been built.
import { mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cleanUpAfterThisProcess } from '../services/guard.js';
import { checkTarball } from './check-tarball.js';
import { listPublished } from './list-packages.js';
import { pack } from './pack.js';
import { smoke } from './smoke.js';

const dir = mkdtempSync(join(tmpdir(), 'grovekv-packages-'));
cleanUpAfterThisProcess({ remove: dir });

const tarballs = new Map<string, string>();
const problems: string[] = [];
const queue = listPublished();
const worker = async (): Promise<void> => {
  for (let next = queue.shift(); next; next = queue.shift()) {
    const { folder } = next;
    const into = join(dir, folder);
    mkdirSync(into);
    const tarball = await pack(next, into);
    tarballs.set(folder, tarball);
    const found = await checkTarball(tarball);
    problems.push(...found.map((problem) => `${folder}: ${problem}`));
    console.log(`${folder}: ${found.length === 0 ? 'fine' : `${found.length} problems`}`);
  }
};
// As many at once as a small machine has cores.
await Promise.all([worker(), worker()]);
if (problems.length === 0) problems.push(...(await smoke(tarballs, join(dir, 'user'))));

for (const problem of problems) console.log(`\n${problem}`);
process.exit(problems.length > 0 ? 1 : 0);
