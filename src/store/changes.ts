import type { Knex } from 'knex';
import type { Mark, WatchedKind } from '../ports/watch.ts';
import { databaseNow, firstIdAt, fromBinary } from './columns.ts';
import { deletedSince } from './deletions.ts';

/** How the rows of each kind that changed are found, each by an index that has all columns named here. */
const CHANGED: { readonly [K in WatchedKind]: (db: Knex, since: Date) => Promise<Mark[]> } = {
  deployments: (db, since) => modified(db, 'deployments', since),
  jobs: (db, since) => modified(db, 'jobs', since),
  savepoints: (db, since) => modified(db, 'savepoints', since),
  // An event never changes, and its id begins with the time of its transaction.
  async events(db, since) {
    const rows = await db('events')
      .where('id', '>', firstIdAt(since.getTime()))
      .select<{ id: Buffer; created_at: Date }[]>('id', 'created_at');
    return rows.map(({ id, created_at }) => ({ id: fromBinary(id), version: 1, at: created_at, createdAt: created_at }));
  },
};

interface ModifiedRow {
  id: Buffer;
  version: number;
  modified_at: Date;
  created_at: Date;
}

async function modified(db: Knex, table: string, since: Date): Promise<Mark[]> {
  const rows = await db(table).where('modified_at', '>', since).select<ModifiedRow[]>('id', 'version', 'modified_at', 'created_at');
  return rows.map(({ id, version, modified_at, created_at }) => ({ id: fromBinary(id), version, at: modified_at, createdAt: created_at }));
}

export async function changesSince(db: Knex, kind: WatchedKind, since: Date): Promise<{ marks: Mark[]; now: Date }> {
  const now = await databaseNow(db);
  const [changed, deleted] = [await CHANGED[kind](db, since), await deletedSince(db, kind, since)];
  const gone = new Set(deleted.map(({ id }) => id));
  const marks = [...changed.filter(({ id }) => !gone.has(id)), ...deleted].sort(
    (a, b) => a.at.getTime() - b.at.getTime() || (a.id < b.id ? -1 : 1),
  );
  return { marks, now };
}
