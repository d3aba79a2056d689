import type { Driver } from '@grovekv/kv-core/driver';
import type { ThemeName } from '../suite/theme.js';
import type { ReferenceDatabase, ReferenceDriver } from './reference-driver.js';

/** A driver with one bug, made on purpose. */
export interface Mutant {
  /** The bug. */
  readonly name: string;
  /** The theme that must catch it. */
  readonly theme: ThemeName;
  /** A new client on a database. */
  connect(database: ReferenceDatabase): Driver;
}

/** A mutant from a subclass of the reference driver. */
export function mutant(
  name: string,
  theme: ThemeName,
  Broken: new (database: ReferenceDatabase) => ReferenceDriver,
): Mutant {
  return { name, theme, connect: (database) => new Broken(database) };
}
