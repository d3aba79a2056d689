import type { Theme } from '../suite/theme.js';
import { basics } from './basics.js';
import { batch } from './batch.js';
import { commit } from './commit.js';
import { conditions } from './conditions.js';
import { errors } from './errors.js';
import { faults } from './faults.js';
import { histories } from './histories.js';
import { increment } from './increment.js';
import { keys } from './keys.js';
import { lifecycle } from './lifecycle.js';
import { limits } from './limits.js';
import { mutate } from './mutate.js';
import { order } from './order.js';
import { races } from './races.js';
import { scan } from './scan.js';
import { sortedSet } from './sorted-set.js';
import { ttl } from './ttl.js';
import { values } from './values.js';

/** All themes in the order in which they run. */
export const themes: readonly Theme[] = [
  basics,
  keys,
  values,
  ttl,
  conditions,
  batch,
  order,
  scan,
  increment,
  mutate,
  sortedSet,
  commit,
  lifecycle,
  errors,
  limits,
  races,
  histories,
  faults,
];
