import type { Knex } from 'knex';
import { migrations } from '../../migrations/index.ts';
import { DreyError, isDreyError } from '../domain/errors.ts';
import { connect, type DatabaseSettings } from './connection.ts';
import { translated } from './errors.ts';
import { appliedMigrations, migrate } from './migrate.ts';

const UNKNOWN_DATABASE = 1049;

/** The database, and the account that migrates where the working one may not change tables. */
interface MigratorSettings extends DatabaseSettings {
  readonly migrationUser?: string | undefined;
  readonly migrationPassword?: string | undefined;
}

/**
 * Makes the database ready for the daemon: creates it where the account may and it is missing, and migrates the schema. Resolves with
 * the names of the migrations that were applied. Throws `configuration`, with the place and the cause, when it cannot be used.
 */
export const prepareDatabase = (settings: MigratorSettings): Promise<string[]> =>
  asMigrator(settings, async (migrator) => {
    if (!(await exists(migrator))) {
      await withConnection({ ...migrator, database: undefined }, (db) =>
        db.raw('CREATE DATABASE IF NOT EXISTS ?? CHARACTER SET utf8mb4 COLLATE utf8mb4_bin', [migrator.database ?? '']),
      );
    }
    return withConnection(migrator, migrate);
  });

/** Every migration that this program knows, oldest first, and whether it is applied; changes nothing. Throws as `prepareDatabase` does. */
export const migrationStatus = (settings: MigratorSettings): Promise<{ name: string; isApplied: boolean }[]> =>
  asMigrator(settings, async (migrator) => {
    const applied = (await exists(migrator)) ? await withConnection(migrator, appliedMigrations) : [];
    return Object.keys(migrations).map((name) => ({ name, isApplied: applied.includes(name) }));
  });

async function asMigrator<T>(settings: MigratorSettings, run: (migrator: DatabaseSettings) => Promise<T>): Promise<T> {
  const { migrationUser, migrationPassword, ...worker } = settings;
  const migrator = migrationUser === undefined ? worker : { ...worker, user: migrationUser, password: migrationPassword };
  try {
    return await run(migrator);
  } catch (error) {
    if (!isDreyError(error) || error.code === 'configuration') throw error;
    const place = settings.socketPath ?? `${settings.host}:${settings.port}`;
    const why = error.cause instanceof Error ? error.cause.message : error.message;
    throw new DreyError('configuration', `the database at ${place} cannot be used: ${why}; check the settings under drey.mysql`, {
      cause: error,
    });
  }
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
