import type { Knex } from 'knex';
import { connect, type DatabaseSettings } from './connection.ts';
import { translated } from './errors.ts';
import { migrate } from './migrate.ts';

const UNKNOWN_DATABASE = 1049;

/**
 * Makes the database ready for the daemon: creates it where the account may and it is missing, and migrates the schema. Resolves with
 * the names of the migrations that were applied. Throws as `migrate` does.
 */
export async function prepareDatabase(settings: DatabaseSettings): Promise<string[]> {
  if (!(await exists(settings))) {
    await withConnection({ ...settings, database: undefined }, (db) =>
      db.raw('CREATE DATABASE IF NOT EXISTS ?? CHARACTER SET utf8mb4 COLLATE utf8mb4_bin', [settings.database ?? '']),
    );
  }
  return withConnection(settings, migrate);
}

const exists = (settings: DatabaseSettings): Promise<boolean> =>
  withConnection(settings, (db) =>
    db.raw('SELECT 1').then(
      () => true,
      (error: unknown) => {
        if (error instanceof Error && 'errno' in error && error.errno === UNKNOWN_DATABASE) return false;
        throw error;
      },
    ),
  );

async function withConnection<T>(settings: DatabaseSettings, run: (db: Knex) => PromiseLike<T>): Promise<T> {
  const db = connect(settings);
  try {
    return await run(db);
  } catch (error) {
    throw translated(error);
  } finally {
    await db.destroy();
  }
}
