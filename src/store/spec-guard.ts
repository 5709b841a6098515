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

/** MySQL's and MariaDB's refusal of an UPDATE of a column, or of the whole table, without the privilege. */
const NO_PRIVILEGE = new Set([1142, 1143]);

/**
 * Finds out what guards the specs. Throws `configuration` with the statements that would mend it when nothing does: Drey does not
 * start on a database that would let a spec be rewritten.
 */
export async function specGuard(db: Knex): Promise<SpecGuard> {
  try {
    if (await hasTrigger(db)) return 'trigger';
    if (await lacksPrivilege(db)) return 'grants';
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

async function mayNotUpdate(db: Knex, column: string): Promise<boolean> {
  try {
    await db.raw('UPDATE jobs SET ?? = ?? WHERE 1 = 0', [column, column]);
    return false;
  } catch (error) {
    if (error instanceof Error && 'errno' in error && typeof error.errno === 'number' && NO_PRIVILEGE.has(error.errno)) return true;
    throw error;
  }
}

async function remedy(db: Knex): Promise<string> {
  const [accounts] = (await db.raw('SELECT CURRENT_USER() AS account, DATABASE() AS name')) as [{ account: string; name: string }[]];
  const { account = 'user@host', name = 'drey' } = accounts[0] ?? {};
  return [
    'nothing keeps the specs of Jobs from being changed: this server refused the trigger (it has a binary log, and the migrating account no SUPER).',
    'Either let it have the trigger: set log_bin_trust_function_creators=1 on the server and start again;',
    'or migrate with one account (drey.mysql.migration-user) and run with another (drey.mysql.user), which may do no more than this:',
    ...(await grantsFor(db, account, name)).map((line) => `  ${line};`),
  ].join('\n');
}

/** The GRANTs under which the running account can do its work and cannot touch a spec. The database-wide ones must go. */
export async function grantsFor(db: Knex, account: string, database: string): Promise<string[]> {
  const grantee = account.split('@').map(quoted).join('@');
  const [rows] = (await db.raw(
    'SELECT TABLE_NAME AS tableName, COLUMN_NAME AS columnName FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = ? ORDER BY TABLE_NAME, ORDINAL_POSITION',
    [database],
  )) as [{ tableName: string; columnName: string }[]];
  const tables = [...new Set(rows.map(({ tableName }) => tableName))];
  const updatable = rows.filter(({ tableName, columnName }) => tableName === 'jobs' && !IMMUTABLE.includes(columnName));
  return [
    `REVOKE ALL PRIVILEGES, GRANT OPTION FROM ${grantee}`,
    ...tables
      .filter((table) => table !== 'jobs')
      .map((table) => `GRANT SELECT, INSERT, UPDATE, DELETE ON \`${database}\`.\`${table}\` TO ${grantee}`),
    `GRANT SELECT, INSERT, DELETE, UPDATE (${updatable.map(({ columnName }) => columnName).join(', ')}) ON \`${database}\`.\`jobs\` TO ${grantee}`,
  ];
}

const quoted = (part: string): string => `'${part.replaceAll("'", "''")}'`;
