import type { Command } from 'commander';
import { COLUMNS } from './columns.ts';
import { deploymentFields, jobFields, savepointFields, targetFields, type Field } from './describe-fields.ts';
import { EXIT } from './exit.ts';
import { parseOne, pathOf, type Reference } from './kinds.ts';
import { createTable } from './output.ts';
import { oneLine } from './screen.ts';
import type { Run, Session } from './session.ts';
import { newestJob, savepointsOf } from './step.ts';
import { createColumns } from './table.ts';
import type { DeploymentView, EventView, JobView, SavepointView, TargetView } from './wire.ts';

const LAST_EVENTS = 10;
const LAST_SAVEPOINTS = 5;

/** The largest page there is: only the end of the list is wanted. */
const EVENTS_PAGE = '5000';

/** `drey describe`: why one resource is as it is, on one screen. */
export function addDescribe(program: Command, run: Run): void {
  program
    .command('describe')
    .description('why a Deployment, a Job, a Savepoint or a target is as it is')
    .argument('<kind>', 'deployment, job, savepoint or target; also KIND/NAME')
    .argument('[name]', 'its name or its id')
    .action((word: string, name: string | undefined, _options: object, command: Command) =>
      run(command, async (session) => {
        const reference = parseOne(word, name, ['deployment', 'job', 'savepoint', 'deployment-target']);
        await describe[reference.kind.name](session, reference);
        return EXIT.reached;
      }),
    );
}

const describe = {
  async deployment(session: Session, reference: Reference): Promise<void> {
    const { server } = session;
    const { body: deployment, now } = await server.get<DeploymentView>(pathOf(reference));
    const of = { deploymentId: deployment.metadata.id };
    const [job, savepoints, events] = await Promise.all([newestJob(server, deployment), savepointsOf(server, of), eventsOf(session, of)]);
    printFields(session, [...deploymentFields(deployment, events, now), ...(job === undefined ? [] : jobFields(job, now))]);
    printSavepoints(session, savepoints, now);
    printEvents(session, events, now);
  },
  async job(session: Session, reference: Reference): Promise<void> {
    const { body: job, now } = await session.server.get<JobView>(pathOf(reference));
    const of = { jobId: job.metadata.id };
    const [savepoints, events] = await Promise.all([savepointsOf(session.server, of), eventsOf(session, of)]);
    printFields(session, [
      ['Deployment', job.metadata.deploymentName],
      ['Target', job.metadata.sessionClusterName],
      ...jobFields(job, now),
    ]);
    printSavepoints(session, savepoints, now);
    printEvents(session, events, now);
  },
  async savepoint(session: Session, reference: Reference): Promise<void> {
    const { body: savepoint, now } = await session.server.get<SavepointView>(pathOf(reference));
    printFields(session, savepointFields(savepoint, now));
  },
  async 'deployment-target'(session: Session, reference: Reference): Promise<void> {
    const { server } = session;
    const { body: target, now } = await server.get<TargetView>(pathOf(reference));
    const [deployments, jobs] = await Promise.all([server.list<DeploymentView>('/deployments'), server.list<JobView>('/jobs')]);
    printFields(session, targetFields(target, deployments.body.items, jobs.body.items, now));
  },
};

const eventsOf = async ({ server }: Session, of: { deploymentId?: string; jobId?: string }): Promise<readonly EventView[]> =>
  (await server.list<EventView>('/events', { ...of, limit: EVENTS_PAGE })).body.items;

function printFields({ screen }: Session, fields: readonly Field[]): void {
  const rows = fields.map(([label, value, state]) => [
    label,
    state === undefined ? oneLine(value) : `${screen.paint(state)}${oneLine(value)}`,
  ]);
  screen.print(...createColumns()(rows));
}

function printSavepoints({ screen }: Session, savepoints: readonly SavepointView[], now: number): void {
  if (savepoints.length === 0) return;
  const last = savepoints.slice(-LAST_SAVEPOINTS);
  screen.print('', titleOf('Savepoints', last, savepoints));
  const columns = COLUMNS.savepoint.filter(({ title }) => title !== 'DEPLOYMENT');
  createTable(screen, columns, false)(last, { now, deploymentName: () => undefined });
}

const titleOf = (what: string, shown: readonly unknown[], all: readonly unknown[]): string =>
  `${what} (${shown.length === all.length ? 'all' : `the last ${shown.length} of`} ${all.length})`;

function printEvents({ screen }: Session, events: readonly EventView[], now: number): void {
  const last = events.slice(-LAST_EVENTS);
  screen.print('', titleOf('Events', last, events));
  const columns = COLUMNS.event.filter(({ title }) => title !== 'DEPLOYMENT');
  createTable(screen, columns, false)(last, { now, deploymentName: () => undefined });
}
