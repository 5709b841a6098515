import type { Knex } from 'knex';
import { createSpecGuard } from '../../migrations/0004_jobs_spec_guard.ts';
import { DreyError } from '../domain/errors.ts';
import { translated } from './errors.ts';

/** What keeps the spec of a Job as it was written: a trigger, or an account that may not update those columns. */
export type SpecGuard = 'trigger' | 'grants';

/** Columns of `jobs` that no UPDATE names (`jobs.ts`). */
const IMMUTABLE = [
  'id',
  'namespace',
  'deployment_id',
  'deployment_name',
  'target_id',
  'annotations',
  'spec',
  'spec_hash',
  'template_hash',
  'created_at',
];

/** The tables beside `jobs`. An account sees only those that it has a privilege on, so they stand here; a test compares. */
const TABLES = [
  'api_tokens',
  'artifacts',
  'deletions',
  'deployment_defaults',
  'deployment_targets',
  'deployments',
  'events',
  'flink_ids',
  'idempotency_keys',
  'knex_migrations',
  'knex_migrations_lock',
  'namespaces',
  'regime',
  'savepoints',
  'secret_values',
];

/** MySQL's and MariaDB's refusal of an UPDATE of a column, or of the whole table, without the privilege. */
const NO_PRIVILEGE = new Set([1142, 1143]);

/**
 * Finds out what guards the specs. Throws `configuration` with the statements that would mend it when nothing does: Drey does not
 * start on a database that would let a spec be rewritten.
 */
export async function specGuard(db: Knex): Promise<SpecGuard> {
  try {
    if (await hasTrigger(db)) return 'trigger';
    if (await lacksPrivilege(db)) {
      if (await mayWork(db)) return 'grants';
      throw new DreyError('configuration', await oldGrants(db));
    }
    if (await createSpecGuard(db)) return 'trigger';
  } catch (error) {
    throw translated(error);
  }
  throw new DreyError('configuration', await remedy(db));
}

async function hasTrigger(db: Knex): Promise<boolean> {
  const [rows] = (await db.raw("SHOW TRIGGERS WHERE `Trigger` = 'jobs_spec_guard'")) as [unknown[]];
  return rows.length > 0;
}

/** An UPDATE that matches no row: privileges are checked all the same. */
async function lacksPrivilege(db: Knex): Promise<boolean> {
  const refused = await Promise.all(['spec', 'spec_hash', 'id', 'deployment_id'].map((column) => mayNotUpdate(db, column)));
  return refused.every(Boolean);
}

const mayNotUpdate = async (db: Knex, column: string): Promise<boolean> =>
  !(await allowed(db.raw('UPDATE jobs SET ?? = ?? WHERE 1 = 0', [column, column])));

/** False where the account lacks the privilege for a statement. */
async function allowed(statement: PromiseLike<unknown>): Promise<boolean> {
  try {
    await statement;
    return true;
  } catch (error) {
    if (error instanceof Error && 'errno' in error && typeof error.errno === 'number' && NO_PRIVILEGE.has(error.errno)) return false;
    throw error;
  }
}

/** Whether the account may write what this release writes: the grants of an earlier one do not name its columns and tables. */
async function mayWork(db: Knex): Promise<boolean> {
  for (const column of await updatableColumns(db, await databaseOf(db))) if (await mayNotUpdate(db, column)) return false;
  for (const table of TABLES) if (!(await allowed(db.raw('DELETE FROM ?? WHERE 1 = 0', [table])))) return false;
  return true;
}

async function oldGrants(db: Knex): Promise<string> {
  return [
    'the account drey.mysql.user lacks privileges that this release needs; give it these, as an account that may:',
    ...(await grantsForSelf(db)),
  ].join('\n');
}

async function remedy(db: Knex): Promise<string> {
  return [
    'nothing keeps the specs of Jobs from being changed: this server refused the trigger (it has a binary log, and the migrating account no SUPER).',
    'Either let it have the trigger: set log_bin_trust_function_creators=1 on the server and start again;',
    'or migrate with one account (drey.mysql.migration-user) and run with another (drey.mysql.user), which may do no more than this:',
    ...(await grantsForSelf(db)),
  ].join('\n');
}

async function grantsForSelf(db: Knex): Promise<string[]> {
  const [accounts] = (await db.raw('SELECT CURRENT_USER() AS account')) as [{ account: string }[]];
  return (await grantsFor(db, accounts[0]?.account ?? 'user@host', await databaseOf(db))).map((line) => `  ${line};`);
}

async function databaseOf(db: Knex): Promise<string> {
  const [rows] = (await db.raw('SELECT DATABASE() AS name')) as [{ name: string }[]];
  return rows[0]?.name ?? 'drey';
}

/** The GRANTs under which the running account can do its work and cannot touch a spec. The database-wide ones must go. */
export async function grantsFor(db: Knex, account: string, database: string): Promise<string[]> {
  const grantee = account.split('@').map(quoted).join('@');
  const updatable = await updatableColumns(db, database);
  return [
    `REVOKE ALL PRIVILEGES, GRANT OPTION FROM ${grantee}`,
    ...TABLES.map((table) => `GRANT SELECT, INSERT, UPDATE, DELETE ON \`${database}\`.\`${table}\` TO ${grantee}`),
    `GRANT SELECT, INSERT, DELETE, UPDATE (${updatable.join(', ')}) ON \`${database}\`.\`jobs\` TO ${grantee}`,
  ];
}

async function updatableColumns(db: Knex, database: string): Promise<string[]> {
  const [columns] = (await db.raw('SHOW COLUMNS FROM ??.jobs', [database])) as [{ Field: string }[]];
  return columns.map(({ Field }) => Field).filter((column) => !IMMUTABLE.includes(column));
}

const quoted = (part: string): string => `'${part.replaceAll("'", "''")}'`;
