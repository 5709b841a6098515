import type { Knex } from 'knex';
import { v7 as uuid } from 'uuid';
import type { Deployment } from '../domain/deployment.ts';
import type { Event, EventName, NewEvent } from '../domain/event.ts';
import type { Page } from '../ports/store.ts';
import { clipped, fromBinary, given, toBinary } from './columns.ts';

interface EventRow {
  id: Buffer;
  namespace: string;
  deployment_id: Buffer;
  number: number;
  job_id: Buffer | null;
  name: EventName;
  message: string;
  created_at: Date;
}

/** A message longer than this is cut: the cause of a failure can be a whole stack trace. */
const LONGEST_MESSAGE = 8000;

/** Appends events with the numbers after `last`; returns the new last number. The caller holds the Deployment's lock. */
export async function appendEvents(
  db: Knex,
  deployment: Pick<Deployment, 'id' | 'namespace'>,
  last: number,
  events: readonly NewEvent[],
  now: Date,
): Promise<number> {
  if (events.length === 0) return last;
  const rows = events.map((event, index) => ({
    // In the order of their numbers, by the database's time.
    id: toBinary(uuid({ msecs: now.getTime(), seq: last + 1 + index })),
    namespace: deployment.namespace,
    deployment_id: toBinary(deployment.id),
    number: last + 1 + index,
    job_id: event.jobId === undefined ? null : toBinary(event.jobId),
    name: event.name,
    message: clipped(event.message, LONGEST_MESSAGE),
    created_at: now,
  }));
  await db<EventRow>('events').insert(rows);
  return last + events.length;
}

/** Events of Deployments that are not deleted, oldest first. */
export async function listEvents(
  db: Knex,
  namespace: string,
  { deploymentId, jobId }: { deploymentId?: string; jobId?: string },
  { limit, after }: Page,
): Promise<Event[]> {
  const live = db('deployments').select('id').where({ namespace }).whereNull('deleted_at');
  const query = db<EventRow>('events')
    .where({ namespace })
    .whereIn('deployment_id', live)
    .orderBy(deploymentId === undefined ? 'id' : 'number')
    .limit(limit);
  if (deploymentId !== undefined) void query.andWhere({ deployment_id: toBinary(deploymentId) });
  if (jobId !== undefined) void query.andWhere({ job_id: toBinary(jobId) });
  if (after !== undefined) void query.andWhere('id', '>', toBinary(after));
  return (await query).map(toEvent);
}

export async function eventsByIds(db: Knex, ids: readonly string[]): Promise<Event[]> {
  const live = db('deployments').select('id').whereNull('deleted_at');
  return (await db<EventRow>('events').whereIn('id', ids.map(toBinary)).whereIn('deployment_id', live)).map(toEvent);
}

const toEvent = (row: EventRow): Event => ({
  id: fromBinary(row.id),
  namespace: row.namespace,
  deploymentId: fromBinary(row.deployment_id),
  number: row.number,
  ...given('jobId', row.job_id === null ? null : fromBinary(row.job_id)),
  name: row.name,
  message: row.message,
  createdAt: row.created_at,
});
