import type { Knex } from 'knex';
import type { DeploymentDefaults, PartialSpec } from '../domain/deployment-defaults.ts';
import { DreyError } from '../domain/errors.ts';
import { fromBinary, fromJson, toBinary } from './columns.ts';
import { isDuplicate } from './errors.ts';

interface DefaultsRow {
  id: Buffer;
  namespace: string;
  spec: string;
  labels: string;
  annotations: string;
  created_at: Date;
  modified_at: Date;
  version: number;
}

const table = (db: Knex) => db<DefaultsRow>('deployment_defaults');

const toDefaults = (row: DefaultsRow): DeploymentDefaults => ({
  id: fromBinary(row.id),
  namespace: row.namespace,
  spec: fromJson<PartialSpec>(row.spec),
  labels: fromJson<Record<string, string>>(row.labels),
  annotations: fromJson<Record<string, string>>(row.annotations),
  createdAt: row.created_at,
  modifiedAt: row.modified_at,
  version: row.version,
});

export async function findDeploymentDefaults(db: Knex, namespace: string): Promise<DeploymentDefaults | undefined> {
  const row = await table(db).where({ namespace }).first();
  return row && toDefaults(row);
}

export async function writeDeploymentDefaults(db: Knex, defaults: DeploymentDefaults): Promise<DeploymentDefaults> {
  const { namespace, version } = defaults;
  const said = {
    spec: JSON.stringify(defaults.spec),
    labels: JSON.stringify(defaults.labels),
    annotations: JSON.stringify(defaults.annotations),
    version: version + 1,
  };
  const written = version === 0 ? await insert(db, defaults, said) : await update(db, defaults, said);
  if (!written)
    throw new DreyError('stalePrecondition', `the DeploymentDefaults of namespace ${namespace} were changed meanwhile; read them again`);
  return (await findDeploymentDefaults(db, namespace)) ?? { ...defaults, version: version + 1 };
}

type Said = Pick<DefaultsRow, 'spec' | 'labels' | 'annotations' | 'version'>;

async function insert(db: Knex, { id, namespace, createdAt, modifiedAt }: DeploymentDefaults, said: Said): Promise<boolean> {
  try {
    await table(db).insert({ id: toBinary(id), namespace, created_at: createdAt, modified_at: modifiedAt, ...said });
    return true;
  } catch (error) {
    if (isDuplicate(error)) return false;
    throw error;
  }
}

async function update(db: Knex, { namespace, version }: DeploymentDefaults, said: Said): Promise<boolean> {
  const matched = await table(db)
    .where({ namespace, version })
    .update({ ...said, modified_at: db.raw('NOW(3)') });
  return matched === 1;
}
