import type { Knex } from 'knex';
import type { DeploymentState, DesiredState } from '../domain/deployment.ts';
import type { JobState } from '../domain/job.ts';
import { targetLabel } from '../domain/target.ts';
import type { DeploymentSeries, Figures, Series } from '../ports/figures.ts';
import { translated } from './errors.ts';
import { jobSeries } from './job-series.ts';

/** Rows read at once. */
const PAGE = 1000;

/** The Figures on MySQL or MariaDB. */
export function sqlFigures(db: Knex): Figures {
  return {
    jobsByState: () => jobsByState(db).catch(rethrow),
    jobSeries: (most) => jobSeries(db, most).then(safe, rethrow),
    deploymentSeries: (most) => deploymentSeries(db, most).then(safe, rethrow),
    strays: () => strays(db).catch(rethrow),
  };
}

const rethrow = (error: unknown): never => {
  throw translated(error);
};

const safe = <Row>({ leftOut, pages }: Series<Row>): Series<Row> => ({
  leftOut,
  pages: (async function* () {
    try {
      yield* pages;
    } catch (error) {
      throw translated(error);
    }
  })(),
});

async function jobsByState(db: Knex): Promise<Map<JobState, number>> {
  const rows = await db('jobs').groupBy('state').select<{ state: JobState; count: number }[]>('state', db.raw('COUNT(*) AS count'));
  return new Map(rows.map(({ state, count }) => [state, count]));
}

type Strays = Awaited<ReturnType<Figures['strays']>>;

/** Of every target that is there, so that a count falls to 0 before its series goes. */
async function strays(db: Knex): Promise<Strays> {
  const [rows] = (await db.raw(STRAYS_SQL)) as [{ namespace: string; name: string; ours: number; others: number }[]];
  return rows.flatMap(({ ours, others, ...row }): Strays => {
    const target = targetLabel(row);
    return [
      { target, owner: 'drey', count: ours },
      { target, owner: 'foreign', count: others },
    ];
  });
}

/** A target and those before it that had its name share a series: two samples of it would make the whole answer invalid. */
const STRAYS_SQL = `
  SELECT t.namespace, t.name, CAST(SUM(t.foreign_jobs) AS UNSIGNED) AS others,
    (SELECT COUNT(*) FROM flink_ids f JOIN deployment_targets o ON o.id = f.target_id
     WHERE f.stray_since IS NOT NULL AND o.namespace = t.namespace AND o.name = t.name) AS ours
  FROM deployment_targets t
  WHERE t.live = 1 OR t.id IN (SELECT f.target_id FROM flink_ids f WHERE f.stray_since IS NOT NULL)
  GROUP BY t.namespace, t.name`;

async function deploymentSeries(db: Knex, most: number): Promise<Series<DeploymentSeries>> {
  const counted = await db('deployments').where({ live: 1 }).first<{ count: number } | undefined>(db.raw('COUNT(*) AS count'));
  return { leftOut: Math.max(0, (counted?.count ?? 0) - most), pages: deploymentPages(db, most) };
}

interface DeploymentSeriesRow {
  id: Buffer;
  namespace: string;
  name: string;
  state: DeploymentState;
  desired: DesiredState;
}

async function* deploymentPages(db: Knex, most: number): AsyncGenerator<DeploymentSeries[]> {
  let after: Buffer | undefined;
  for (let left = most; left > 0; left -= PAGE) {
    const query = db('deployments').where({ live: 1 }).orderBy('id').limit(Math.min(PAGE, left));
    if (after !== undefined) void query.andWhere('id', '>', after);
    const rows = await query.select<DeploymentSeriesRow[]>(
      ...['id', 'namespace', 'name', 'state'],
      db.raw("JSON_UNQUOTE(JSON_EXTRACT(spec, '$.state')) AS desired"),
    );
    yield rows.map(({ namespace, name, state, desired }) => ({ namespace, deployment: name, state, desired }));
    after = rows.at(-1)?.id;
    if (rows.length < PAGE) return;
  }
}
