import type { Knex } from 'knex';
import type { ApiToken, TokenRole } from '../domain/access.ts';
import { DreyError } from '../domain/errors.ts';
import { fromBinary, toBinary } from './columns.ts';
import { isDuplicate } from './errors.ts';
import { holdNamespace } from './namespaces.ts';

interface TokenRow {
  id: Buffer;
  namespace: string;
  name: string;
  role: TokenRole;
  hash: Buffer;
  created_at: Date;
}

const toToken = (row: TokenRow): ApiToken => ({
  id: fromBinary(row.id),
  namespace: row.namespace,
  name: row.name,
  role: row.role,
  createdAt: row.created_at,
});

const table = (db: Knex) => db<TokenRow>('api_tokens');

export async function insertToken(db: Knex, { id, namespace, name, role, createdAt }: ApiToken, hash: Buffer): Promise<void> {
  try {
    await db.transaction(async (trx) => {
      await holdNamespace(trx, namespace);
      await table(trx).insert({ id: toBinary(id), namespace, name, role, hash, created_at: createdAt });
    });
  } catch (error) {
    if (!isDuplicate(error)) throw error;
    throw new DreyError('conflict', `an ApiToken named ${name} already exists in namespace ${namespace}`, { cause: error });
  }
}

export async function listTokens(db: Knex, namespace: string): Promise<ApiToken[]> {
  return (await table(db).where({ namespace }).orderBy('name')).map(toToken);
}

export async function findToken(db: Knex, namespace: string, name: string): Promise<ApiToken | undefined> {
  const row = await table(db).where({ namespace, name }).first();
  return row && toToken(row);
}

export async function tokenByHash(db: Knex, hash: Buffer): Promise<{ token: ApiToken; hash: Buffer } | undefined> {
  const row = await table(db).where({ hash }).first();
  return row && { token: toToken(row), hash: row.hash };
}

export async function deleteToken(db: Knex, namespace: string, name: string): Promise<ApiToken | undefined> {
  const token = await findToken(db, namespace, name);
  if (token === undefined) return undefined;
  const deleted = await table(db)
    .where({ id: toBinary(token.id), namespace })
    .delete();
  return deleted === 1 ? token : undefined;
}
