import { extensionsOnAllDrivers } from './extensions.js';
import { hookStack } from './hook-stack.js';

extensionsOnAllDrivers(', encrypted', hookStack('extensions'));
