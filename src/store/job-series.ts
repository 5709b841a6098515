import type { Knex } from 'knex';
import { JOB_STATES, isFinal, type FlinkWord, type JobState } from '../domain/job.ts';
import { targetLabel } from '../domain/target.ts';
import type { JobSeries, Series } from '../ports/figures.ts';
import { fromBinary } from './columns.ts';

/** Rows read at once. */
const PAGE = 1000;

const states = Object.keys(JOB_STATES) as JobState[];
const ACTIVE = states.filter((state) => !isFinal(state));
const FINAL = states.filter(isFinal);
const ENDED_LATELY = 'terminated_at > NOW(3) - INTERVAL 1 HOUR';

/** `Figures.jobSeries`: the ids from the index, then page by page the narrow columns of those rows. */
export async function jobSeries(db: Knex, most: number): Promise<Series<JobSeries>> {
  const active = await idsOf(db, db('jobs').whereIn('state', ACTIVE).orderBy('id', 'desc').limit(most));
  const ended = await idsOf(
    db,
    endedLately(db)
      .orderBy('terminated_at', 'desc')
      .limit(most - active.length),
  );
  // One that ended between the two readings is in both, and two samples of one series would make the whole answer invalid.
  const seen = new Set(active.map((id) => id.toString('hex')));
  const ids = [...active, ...ended.filter((id) => !seen.has(id.toString('hex')))];
  const leftOut = ids.length < most ? 0 : Math.max(0, (await countOf(db)) - ids.length);
  return { leftOut, pages: pagesOf(db, ids) };
}

const endedLately = (db: Knex) => db('jobs').whereIn('state', FINAL).whereRaw(ENDED_LATELY);

async function idsOf(db: Knex, query: Knex.QueryBuilder): Promise<Buffer[]> {
  const rows = await (query.select(db.ref('id')) as Promise<{ id: Buffer }[]>);
  return rows.map(({ id }) => id);
}

async function countOf(db: Knex): Promise<number> {
  const counts = await Promise.all(
    [db('jobs').whereIn('state', ACTIVE), endedLately(db)].map((query) => query.count<{ count: number }[]>({ count: '*' })),
  );
  return counts.flat().reduce((sum, { count }) => sum + count, 0);
}

async function* pagesOf(db: Knex, ids: readonly Buffer[]): AsyncGenerator<JobSeries[]> {
  for (let from = 0; from < ids.length; from += PAGE) {
    const [rows] = (await db.raw(PAGE_SQL, [ids.slice(from, from + PAGE)])) as [JobSeriesRow[]];
    yield rows.map(toSeries);
  }
}

/** Rows are as wide as their specs, so only what is needed is named. The column transition_at is NULL in old rows, whose own times say the same. */
const PAGE_SQL = `
  SELECT j.id, j.namespace, j.deployment_name AS deployment, t.name AS target, j.state, j.flink_word, j.restarts,
    j.checkpoints_completed, j.checkpoints_failed,
    UNIX_TIMESTAMP(j.checkpoint_at) AS last_checkpoint_at,
    UNIX_TIMESTAMP(j.observed_at) AS observed_at,
    UNIX_TIMESTAMP(COALESCE(j.transition_at, j.terminated_at, j.terminating_at, j.started_at,
      IF(j.state = 'STARTING', j.created_at, j.modified_at))) AS since
  FROM jobs j LEFT JOIN deployment_targets t ON t.id = j.target_id
  WHERE j.id IN (?)`;

interface JobSeriesRow {
  id: Buffer;
  namespace: string;
  deployment: string;
  target: string | null;
  state: JobState;
  flink_word: FlinkWord | 'UNKNOWN' | null;
  restarts: number;
  checkpoints_completed: number | null;
  checkpoints_failed: number | null;
  last_checkpoint_at: string | null;
  observed_at: string;
  since: string;
}

const toSeries = (row: JobSeriesRow): JobSeries => ({
  id: fromBinary(row.id),
  namespace: row.namespace,
  deployment: row.deployment,
  target: row.target === null ? '' : targetLabel({ namespace: row.namespace, name: row.target }),
  state: row.state,
  since: Number(row.since),
  flinkWord: row.flink_word ?? undefined,
  observedAt: Number(row.observed_at),
  restarts: row.restarts,
  checkpointsCompleted: row.checkpoints_completed ?? undefined,
  checkpointsFailed: row.checkpoints_failed ?? undefined,
  lastCheckpointAt: row.last_checkpoint_at === null ? undefined : Number(row.last_checkpoint_at),
});
