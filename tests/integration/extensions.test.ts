import { extensionsOnAllDrivers } from './extensions.js';

extensionsOnAllDrivers('', []);
