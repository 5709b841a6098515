import type { Knex } from 'knex';
import { migrations } from '../../migrations/index.ts';
import { DreyError } from '../domain/errors.ts';
import { translated } from './errors.ts';

const source: Knex.MigrationSource<string> = {
  getMigrations: () => Promise.resolve(Object.keys(migrations)),
  getMigrationName: (name) => name,
  getMigration: (name) => {
    const migration = migrations[name];
    return migration === undefined ? Promise.reject(new Error(`unknown migration ${name}`)) : Promise.resolve(migration);
  },
};

const LOCK = 'drey.migrations';
const LOCK_SECONDS = 120;

/**
 * Brings the schema up to date; resolves with the names of the migrations that were applied. Any number of daemons may call it at
 * once: the whole run is inside one GET_LOCK, on a connection of its own. Throws `configuration` when the schema is newer than this
 * program knows, `unavailable` when the database does not answer.
 */
export async function migrate(db: Knex): Promise<string[]> {
  try {
    return await locked(db, async () => {
      await appliedMigrations(db); // refuses a newer schema
      // Ours is the lock above. One that knex keeps in a table outlives the daemon that was killed while it held it.
      await db.migrate.forceFreeMigrationsLock({ migrationSource: source });
      const [, applied] = (await db.migrate.latest({ migrationSource: source })) as [number, string[]];
      return applied;
    });
  } catch (error) {
    throw translated(error);
  }
}

async function locked<T>(db: Knex, run: () => Promise<T>): Promise<T> {
  const client = db.client as { acquireConnection(): Promise<unknown>; releaseConnection(connection: unknown): Promise<void> };
  const connection = await client.acquireConnection();
  try {
    const [rows] = (await db.raw('SELECT GET_LOCK(?, ?) AS got', [LOCK, LOCK_SECONDS]).connection(connection)) as [
      { got: number | null }[],
    ];
    if (rows[0]?.got !== 1) throw new DreyError('unavailable', `another daemon has been migrating the schema for ${LOCK_SECONDS} s`);
    try {
      return await run();
    } finally {
      await db.raw('SELECT RELEASE_LOCK(?)', [LOCK]).connection(connection);
    }
  } finally {
    await client.releaseConnection(connection);
  }
}

/** The names of the migrations that the schema has. Throws `configuration` when it has one that this program does not know. */
export async function appliedMigrations(db: Knex): Promise<string[]> {
  if (!(await db.schema.hasTable('knex_migrations'))) return [];
  const applied = (await db('knex_migrations').select<{ name: string }[]>('name')).map(({ name }) => name);
  const unknown = applied.filter((name) => !(name in migrations));
  if (unknown.length === 0) return applied;
  throw new DreyError('configuration', `the schema is newer than this program: it has ${unknown.join(', ')}; start the newer release`);
}
