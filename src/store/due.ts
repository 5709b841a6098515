import type { Knex } from 'knex';
import type { Command } from '../domain/due.ts';
import { fromBinary } from './columns.ts';
import { forgettableDeletions } from './deletions.ts';
import { unheldTargets } from './deployment-targets.ts';
import { forgettableKeys } from './idempotency-keys.ts';

/** What is due by the database's clock, longest due first: a page of Deployments, one of Jobs, one of Savepoints, one of strays, and the forgetting of ids. */
export async function dueCommands(db: Knex, limit: number, skip: number): Promise<Command[]> {
  const due = (name: string) => db(name).where('due_at', '<=', db.raw('NOW(3)')).orderBy(['due_at', 'id']).limit(limit).offset(skip);
  const deployments = await due('deployments').select<{ id: Buffer; deleted_at: Date | null }[]>('id', 'deleted_at');
  const jobs = await due('jobs').select<{ id: Buffer; state: string }[]>('id', 'state');
  const savepoints = await due('savepoints').select<{ id: Buffer }[]>('id');
  const strays = await db('flink_ids')
    .where('stray_due_at', '<=', db.raw('NOW(3)'))
    .orderBy('stray_due_at')
    .limit(limit)
    .offset(skip)
    .select<{ job_id: Buffer }[]>('job_id');
  const forgettable: Command[] = skip === 0 && (await hasForgettable(db)) ? [{ kind: 'cleanup', id: 'ids' }] : [];
  return [
    ...deployments.map(({ id, deleted_at }): Command => ({ kind: deleted_at === null ? 'deployment' : 'cleanup', id: fromBinary(id) })),
    ...jobs.map(({ id, state }): Command => ({
      kind: state === 'STARTING' || state === 'STARTED' ? 'start' : 'terminate',
      id: fromBinary(id),
    })),
    ...savepoints.map(({ id }): Command => ({ kind: 'savepoint', id: fromBinary(id) })),
    ...strays.map(({ job_id }): Command => ({ kind: 'terminate', id: fromBinary(job_id) })),
    ...forgettable,
  ];
}

/** An id, an Idempotency-Key or a deletion whose time is over, or the row of a deleted target that nothing holds any more. */
async function hasForgettable(db: Knex): Promise<boolean> {
  const id = await db('flink_ids')
    .where('forget_at', '<=', db.raw('NOW(3)'))
    .whereNull('stray_since')
    .first<object | undefined>('flink_id');
  const key = () => forgettableKeys(db).first<object | undefined>('key_hash');
  const deletion = () => forgettableDeletions(db).first<object | undefined>('id');
  return (id ?? (await unheldTargets(db).first<object | undefined>('id')) ?? (await key()) ?? (await deletion())) !== undefined;
}
