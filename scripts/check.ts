// `npm run check [path…]`: the quick loop. Lint, types, and the tests under the given paths.
import { exitStatus, lint, runStages, tool, typecheck } from './stages.js';

const paths = process.argv.slice(2);
const tests = { name: 'tests', run: () => tool('vitest', ['run', ...paths]) };
process.exit(exitStatus(await runStages([lint, typecheck, tests])));
