import type { Knex } from 'knex';
import type { Command } from '../domain/due.ts';
import { fromBinary } from './columns.ts';

/** What is due by the database's clock, longest due first: a page of Deployments and one of Jobs. */
export async function dueCommands(db: Knex, limit: number, skip: number): Promise<Command[]> {
  const due = (name: string) => db(name).where('due_at', '<=', db.raw('NOW(3)')).orderBy(['due_at', 'id']).limit(limit).offset(skip);
  const deployments = await due('deployments').select<{ id: Buffer }[]>('id');
  const jobs = await due('jobs').select<{ id: Buffer; state: string }[]>('id', 'state');
  return [
    ...deployments.map(({ id }): Command => ({ kind: 'deployment', id: fromBinary(id) })),
    ...jobs.map(({ id, state }): Command => ({ kind: state === 'STARTING' ? 'start' : 'terminate', id: fromBinary(id) })),
  ];
}
