import type { Knex } from 'knex';
import { v7 as newId } from 'uuid';
import { DreyError } from '../domain/errors.ts';
import { artifactUri, type StoredArtifact } from '../domain/stored-artifact.ts';
import type { ArtifactRows } from '../ports/artifacts.ts';
import { fromBinary, toBinary } from './columns.ts';
import { safely } from './errors.ts';
import { holdNamespace } from './namespaces.ts';

interface ArtifactRow {
  id: Buffer;
  namespace: string;
  filename: string;
  sha256: string;
  size: number;
  created_at: Date;
  version: number;
}

const toArtifact = ({ id, created_at, ...row }: ArtifactRow): StoredArtifact => ({ ...row, id: fromBinary(id), createdAt: created_at });

const table = (db: Knex) => db<ArtifactRow>('artifacts');

/** The rows of the artifact store on MySQL or MariaDB. Every operation throws errors of the catalogue only. */
export function sqlArtifactRows(db: Knex): ArtifactRows {
  const safe = safely(db);
  return { list: safe(list), find: safe(find), put: safe(put), remove: safe(remove), used: safe(used) };
}

async function list(db: Knex, namespace: string): Promise<StoredArtifact[]> {
  return (await table(db).where({ namespace }).orderBy('filename')).map(toArtifact);
}

async function find(db: Knex, namespace: string, filename: string): Promise<StoredArtifact | undefined> {
  const row = await table(db).where({ namespace, filename }).first();
  return row && toArtifact(row);
}

/** One statement, so that of two uploads at once each is whole. MySQL assigns from left to right: `sha256` changes last. */
async function put(
  db: Knex,
  { namespace, filename, sha256, size }: Pick<StoredArtifact, 'namespace' | 'filename' | 'sha256' | 'size'>,
): Promise<StoredArtifact> {
  await db.transaction(async (trx) => {
    await holdNamespace(trx, namespace);
    await trx.raw(
      `INSERT INTO artifacts (id, namespace, filename, sha256, size, created_at, version) VALUES (?, ?, ?, ?, ?, NOW(3), 1)
     ON DUPLICATE KEY UPDATE
       created_at = IF(sha256 = VALUES(sha256), created_at, VALUES(created_at)),
       version = IF(sha256 = VALUES(sha256), version, version + 1),
       size = VALUES(size),
       sha256 = VALUES(sha256)`,
      [toBinary(newId()), namespace, filename, sha256, size],
    );
  });
  const stored = await find(db, namespace, filename);
  if (stored?.sha256 === sha256) return stored;
  throw new DreyError('unavailable', `${filename} was uploaded or deleted by somebody else at the same moment; list the artifacts`);
}

async function remove(db: Knex, namespace: string, filename: string): Promise<boolean> {
  return db.transaction(async (trx) => {
    const uri = artifactUri(namespace, filename);
    const user = await trx('deployments')
      .where({ namespace, live: 1 })
      .whereRaw("JSON_UNQUOTE(JSON_EXTRACT(spec, '$.template.spec.artifact.jarUri')) = ?", [uri])
      .first<{ name: string } | undefined>('name');
    if (user !== undefined) throw inUse(filename, `the Deployment ${user.name} names it; change or delete that first`);
    const job = await trx('jobs')
      .where({ namespace, active: 1 })
      .whereRaw("JSON_UNQUOTE(JSON_EXTRACT(spec, '$.artifact.jarUri')) = ?", [uri])
      .first<{ id: Buffer; deployment_name: string } | undefined>('id', 'deployment_name');
    if (job !== undefined) {
      throw inUse(filename, `the Job ${fromBinary(job.id)} of ${job.deployment_name} was made from it and has not ended`);
    }
    return (await table(trx).where({ namespace, filename }).delete()) > 0;
  });
}

const inUse = (filename: string, why: string): DreyError => new DreyError('conflict', `${filename} cannot be deleted: ${why}`);

async function used(db: Knex, hashes: readonly string[]): Promise<string[]> {
  const named = await table(db).whereIn('sha256', hashes).distinct('sha256');
  const pinned = await db('jobs')
    .where({ active: 1 })
    .whereIn('artifact_sha256', hashes)
    .distinct<{ artifact_sha256: string }[]>('artifact_sha256');
  return [...new Set([...named.map(({ sha256 }) => sha256), ...pinned.map(({ artifact_sha256 }) => artifact_sha256)])];
}
