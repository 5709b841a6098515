import type { Knex } from 'knex';
import type { ExpiredEvents, ExpiredJob, RetentionLimits } from '../domain/retention.ts';
import { databaseNow, firstIdAt, fromBinary, toBinary } from './columns.ts';
import { noteDeletedJobs, noteDeletedSavepoints } from './deletions.ts';
import { unheldTargets, unwatchedTargets } from './deployment-targets.ts';

/** No limit, as a number that SQL can compare with. */
const NEVER = Number.MAX_SAFE_INTEGER;

const inPast = (ageMs: number | undefined): string => (ageMs === undefined ? 'NULL' : 'NOW(3) - INTERVAL ? * 1000 MICROSECOND');
const agesOf = (ageMs: number | undefined): number[] => (ageMs === undefined ? [] : [ageMs]);

/** Final Jobs beyond a limit, longest ended first. One query for the plan and for the run, so that neither can differ from the other. */
export async function expiredJobs(db: Knex, { keepJobs, jobsMaxAgeMs }: RetentionLimits, most: number): Promise<ExpiredJob[]> {
  const [rows] = (await db.raw(
    `SELECT j.id, j.namespace, j.deployment_id, j.deployment_name, j.state, j.terminated_at, ranked.place
     FROM (
       SELECT id, terminated_at, ROW_NUMBER() OVER (PARTITION BY deployment_id ORDER BY terminated_at DESC, id DESC) AS place
       FROM jobs WHERE active IS NULL AND released_at IS NOT NULL
         AND NOT EXISTS (SELECT 1 FROM savepoints s WHERE s.job_id = jobs.id AND s.state = 'STARTED')
     ) ranked
     JOIN jobs j ON j.id = ranked.id
     WHERE ranked.place > ? OR ranked.terminated_at < ${inPast(jobsMaxAgeMs)}
     ORDER BY ranked.terminated_at, ranked.id
     LIMIT ?`,
    [keepJobs ?? NEVER, ...agesOf(jobsMaxAgeMs), most],
  )) as [
    { id: Buffer; namespace: string; deployment_id: Buffer; deployment_name: string; state: string; terminated_at: Date; place: number }[],
  ];
  return rows.map((row) => ({
    id: fromBinary(row.id),
    namespace: row.namespace,
    deploymentId: fromBinary(row.deployment_id),
    deploymentName: row.deployment_name,
    state: row.state,
    terminatedAt: row.terminated_at,
    reason: row.place > (keepJobs ?? NEVER) ? 'NUMBER' : 'AGE',
  }));
}

export async function deleteJobs(db: Knex, ids: readonly string[], rememberMs: number): Promise<number> {
  const keys = ids.map(toBinary);
  let deleted = 0;
  await db.transaction(async (trx) => {
    await forgetLater(trx, keys, rememberMs);
    await noteDeletedJobs(trx, keys);
    deleted = await trx('jobs').whereIn('id', keys).whereNull('active').delete();
  });
  return deleted;
}

/** A Job's id is its Flink id. */
async function forgetLater(db: Knex, keys: readonly Buffer[], rememberMs: number): Promise<void> {
  await db('flink_ids')
    .whereIn('flink_id', keys)
    .whereNotNull('ended_at')
    .update({ forget_at: db.raw('NOW(3) + INTERVAL ? * 1000 MICROSECOND', [rememberMs]) });
}

interface ExpiredEventsRow {
  id: Buffer;
  name: string;
  namespace: string;
  first: number;
  up_to: number;
}

/**
 * Each Deployment's oldest events beyond a limit. What is kept is gapless, so two numbers tell how many there are. Neither query reads events that
 * stay: the one takes the first number of each Deployment from its index, the other the ids, which are in the order of their times.
 */
export async function expiredEvents(db: Knex, { keepEvents, eventsMaxAgeMs }: RetentionLimits, most: number): Promise<ExpiredEvents[]> {
  const rows = [
    ...(keepEvents === undefined ? [] : await eventsBeyondNumber(db, keepEvents)),
    ...(eventsMaxAgeMs === undefined ? [] : await eventsBeyondAge(db, eventsMaxAgeMs)),
  ];
  const expired = new Map<string, ExpiredEvents>();
  for (const { id, name, namespace, first, up_to } of rows) {
    const deploymentId = fromBinary(id);
    const upTo = Math.max(up_to, expired.get(deploymentId)?.upTo ?? 0);
    expired.set(deploymentId, { deploymentId, deploymentName: name, namespace, upTo, count: upTo - first + 1 });
  }
  return [...expired.values()].slice(0, most);
}

async function eventsBeyondNumber(db: Knex, keep: number): Promise<ExpiredEventsRow[]> {
  const [rows] = (await db.raw(
    `SELECT d.id, d.name, d.namespace, CAST(d.event_number AS SIGNED) - ? AS up_to,
       (SELECT MIN(e.number) FROM events e WHERE e.deployment_id = d.id) AS first
     FROM deployments d HAVING first <= up_to ORDER BY d.id`,
    [keep],
  )) as [ExpiredEventsRow[]];
  return rows;
}

async function eventsBeyondAge(db: Knex, maxAgeMs: number): Promise<ExpiredEventsRow[]> {
  const oldest = (await databaseNow(db)).getTime() - maxAgeMs;
  const [rows] = (await db.raw(
    `SELECT d.id, d.name, d.namespace, MIN(e.number) AS first, MAX(e.number) AS up_to
     FROM events e JOIN deployments d ON d.id = e.deployment_id
     WHERE e.id < ? GROUP BY d.id, d.name, d.namespace`,
    [firstIdAt(oldest)],
  )) as [ExpiredEventsRow[]];
  return rows;
}

export async function deleteEvents(db: Knex, deploymentId: string, upTo: number, most: number): Promise<number> {
  const [result] = (await db.raw('DELETE FROM events WHERE deployment_id = ? AND number <= ? ORDER BY number LIMIT ?', [
    toBinary(deploymentId),
    upTo,
    most,
  ])) as [{ affectedRows: number }];
  return result.affectedRows;
}

export async function purgeDeployment(db: Knex, id: string, most: number, rememberMs: number): Promise<boolean> {
  const key = toBinary(id);
  const deleted = await db('deployments').where({ id: key }).whereNotNull('deleted_at').first<{ id: Buffer } | undefined>('id');
  if (deleted === undefined) return false;
  const final = () => db('jobs').where({ deployment_id: key }).whereNull('active');
  const jobs = await final().whereNull('sql_session').limit(most).select<{ id: Buffer }[]>('id');
  if (jobs.length > 0) {
    await deleteJobs(
      db,
      jobs.map((job) => fromBinary(job.id)),
      rememberMs,
    );
    return true;
  }
  // The session of its script is closed first: repair comes again.
  if ((await final().first<object | undefined>('id')) !== undefined) return false;
  if ((await deleteEvents(db, id, NEVER, most)) > 0) return true;
  await db.transaction(async (trx) => {
    await noteDeletedSavepoints(trx, key);
    await trx('savepoints').where({ deployment_id: key }).delete();
  });
  await db('deployments').where({ id: key }).whereNotNull('deleted_at').delete();
  return false;
}

export async function forgetFlinkIds(db: Knex, most: number): Promise<number> {
  const [forgotten] = (await db.raw('DELETE FROM flink_ids WHERE forget_at <= NOW(3) AND stray_since IS NULL LIMIT ?', [most])) as [
    { affectedRows: number },
  ];
  // Nobody looks at them any more, so nobody would correct the count.
  await unwatchedTargets(db).where('foreign_jobs', '>', 0).update({ foreign_jobs: 0 });
  await unheldTargets(db).delete();
  return forgotten.affectedRows;
}
