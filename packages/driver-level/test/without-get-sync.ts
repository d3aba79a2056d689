import type { Level } from 'level';

/** The database as one that cannot read at once, such as IndexedDB. */
export function withoutGetSync<T extends Level>(db: T): T {
  Object.assign(db.supports, { getSync: false });
  db.getSync = () => {
    throw new Error('this database has no getSync');
  };
  return db;
}
