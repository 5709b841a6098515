import type { Knex } from 'knex';
import type { Claim, KeyedRequest } from '../ports/idempotency.ts';
import { fromBinary, toBinary } from './columns.ts';

const CLAIM_MS = 30_000;
const KEPT_MS = 24 * 3_600_000;

interface KeyRow {
  key_hash: Buffer;
  request_hash: Buffer;
  resource_id: Buffer;
  location: string | null;
  claimed_until: Date;
  expires_at: Date;
}

const table = (db: Knex) => db<KeyRow>('idempotency_keys');
const withKey = (db: Knex, key: string) => table(db).where({ key_hash: toBinary(key) });
const inFuture = (db: Knex, ms: number) => db.raw('NOW(3) + INTERVAL ? * 1000 MICROSECOND', [ms]);
const isPast = (column: string): string => `${column} <= NOW(3)`;

/** One INSERT or one guarded UPDATE wins the key; whoever did neither reads why. */
export async function claimKey(db: Knex, { key, request, resourceId }: KeyedRequest): Promise<Claim> {
  await withKey(db, key).whereRaw(isPast('expires_at')).delete();
  const [inserted] = (await db.raw(
    `INSERT IGNORE INTO idempotency_keys (key_hash, request_hash, resource_id, claimed_until, expires_at)
     VALUES (?, ?, ?, ?, ?)`,
    [toBinary(key), toBinary(request), toBinary(resourceId), inFuture(db, CLAIM_MS), inFuture(db, KEPT_MS)],
  )) as [{ affectedRows: number }];
  if (inserted.affectedRows === 1) return { kind: 'mine', resourceId, isResumed: false };
  const row = await withKey(db, key).first();
  if (row === undefined) return { kind: 'underWay' };
  if (!row.request_hash.equals(toBinary(request))) return { kind: 'otherRequest' };
  if (row.location !== null) return { kind: 'done', location: row.location };
  const resumed = await withKey(db, key)
    .whereNull('location')
    .whereRaw(isPast('claimed_until'))
    .update({ claimed_until: inFuture(db, CLAIM_MS) });
  return resumed === 1 ? { kind: 'mine', resourceId: fromBinary(row.resource_id), isResumed: true } : { kind: 'underWay' };
}

export async function settleKey(db: Knex, key: string, location: string): Promise<void> {
  await withKey(db, key).update({ location });
}

export async function dropKey(db: Knex, key: string): Promise<void> {
  await withKey(db, key).whereNull('location').delete();
}

export async function yieldKey(db: Knex, key: string): Promise<void> {
  await withKey(db, key)
    .whereNull('location')
    .update({ claimed_until: db.raw('NOW(3)') });
}

export const forgettableKeys = (db: Knex) => table(db).whereRaw(isPast('expires_at'));

export const forgetKeys = async (db: Knex, most: number): Promise<number> => forgettableKeys(db).limit(most).delete();
