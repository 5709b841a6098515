import type { Knex } from 'knex';
import { DreyError } from '../domain/errors.ts';
import type { SecretValue } from '../domain/secret-value.ts';
import { fromBinary, fromJson, toBinary } from './columns.ts';
import { isDuplicate } from './errors.ts';

interface SecretRow {
  id: Buffer;
  namespace: string;
  name: string;
  sealed: string;
  former: string;
  labels: string;
  annotations: string;
  created_at: Date;
  modified_at: Date;
  version: number;
}

const columns = (secret: SecretValue) => ({
  sealed: secret.sealed,
  former: JSON.stringify(secret.formerSealed),
  labels: JSON.stringify(secret.labels),
  annotations: JSON.stringify(secret.annotations),
});

const toSecret = (row: SecretRow): SecretValue => ({
  id: fromBinary(row.id),
  namespace: row.namespace,
  name: row.name,
  sealed: row.sealed,
  formerSealed: fromJson<string[]>(row.former),
  labels: fromJson<Record<string, string>>(row.labels),
  annotations: fromJson<Record<string, string>>(row.annotations),
  createdAt: row.created_at,
  modifiedAt: row.modified_at,
  version: row.version,
});

const table = (db: Knex) => db<SecretRow>('secret_values');

export async function listSecretValues(db: Knex, namespace: string): Promise<SecretValue[]> {
  return (await table(db).where({ namespace }).orderBy('name')).map(toSecret);
}

export async function findSecretValue(db: Knex, namespace: string, name: string): Promise<SecretValue | undefined> {
  const row = await table(db).where({ namespace, name }).first();
  return row && toSecret(row);
}

export async function insertSecretValue(db: Knex, secret: SecretValue): Promise<void> {
  try {
    await table(db).insert({
      id: toBinary(secret.id),
      namespace: secret.namespace,
      name: secret.name,
      ...columns(secret),
      created_at: secret.createdAt,
      modified_at: secret.modifiedAt,
      version: secret.version,
    });
  } catch (error) {
    if (!isDuplicate(error)) throw error;
    throw new DreyError('conflict', `a SecretValue named ${secret.name} already exists in namespace ${secret.namespace}`, { cause: error });
  }
}

export async function updateSecretValue(db: Knex, secret: SecretValue): Promise<SecretValue> {
  const matched = await table(db)
    .where({ id: toBinary(secret.id), version: secret.version })
    .update({ ...columns(secret), modified_at: db.raw('NOW(3)'), version: secret.version + 1 });
  if (matched !== 1) throw changedMeanwhile(secret);
  return (await findSecretValue(db, secret.namespace, secret.name)) ?? { ...secret, version: secret.version + 1 };
}

export async function deleteSecretValue(db: Knex, secret: SecretValue): Promise<void> {
  const matched = await table(db)
    .where({ id: toBinary(secret.id), version: secret.version })
    .delete();
  if (matched !== 1) throw changedMeanwhile(secret);
}

const changedMeanwhile = ({ name }: SecretValue): DreyError =>
  new DreyError('stalePrecondition', `SecretValue ${name} was changed meanwhile; read it again`);
