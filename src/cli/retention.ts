import type { Command } from 'commander';
import { age } from './age.ts';
import type { Column } from './columns.ts';
import { EXIT } from './exit.ts';
import { createTable, outputOption, printDocument, type Format } from './output.ts';
import type { Run, Session } from './session.ts';
import type { RetentionPlan, RetentionRun } from './wire.ts';

/** A run deletes in batches, and may have much to do. */
const RUN_MS = 600_000;

type DoomedJob = RetentionPlan['status']['jobs'][number];
type DoomedEvents = RetentionPlan['status']['events'][number];

const JOB_COLUMNS: readonly Column<DoomedJob>[] = [
  { title: 'JOB', cell: ({ id }) => id },
  { title: 'DEPLOYMENT', cell: ({ deploymentName }) => deploymentName },
  { title: 'STATE', isState: true, cell: ({ state }) => state },
  { title: 'ENDED', cell: ({ terminatedAt }, { now }) => age(terminatedAt, now) },
  { title: 'REASON', cell: ({ reason }) => reason },
];
const EVENT_COLUMNS: readonly Column<DoomedEvents>[] = [
  { title: 'EVENTS OF', cell: ({ deploymentName }) => deploymentName },
  { title: 'COUNT', cell: ({ count }) => count },
];

/** `drey retention`: which Jobs and events are beyond the limits. */
export function addRetention(program: Command, run: Run): void {
  const retention = program.command('retention').description('the Jobs and events that are beyond the limits');
  retention
    .command('plan')
    .description('what the next cleanup deletes')
    .addOption(outputOption(['table', 'json', 'yaml']))
    .action((options: { output: Format }, command: Command) => run(command, (session) => plan(session, options.output)));
  retention
    .command('run')
    .description('delete it now')
    .action((_options: object, command: Command) => run(command, runNow));
}

async function plan({ server, screen }: Session, output: Format): Promise<number> {
  const { body, now } = await server.get<RetentionPlan>('/api/v1/retention/plan');
  if (output === 'json' || output === 'yaml') {
    await printDocument(screen, output, body);
    return EXIT.reached;
  }
  const { jobs, events } = body.status;
  const around = { now, deploymentName: () => undefined };
  createTable(screen, JOB_COLUMNS, true)(jobs, around);
  if (jobs.length > 0 && events.length > 0) screen.print('');
  createTable(screen, EVENT_COLUMNS, true)(events, around);
  if (jobs.length + events.length === 0) screen.tell('Nothing is beyond the limits.');
  return EXIT.reached;
}

async function runNow({ server, screen }: Session): Promise<number> {
  const { body } = await server.send<RetentionRun>('POST', '/api/v1/retention/run', undefined, RUN_MS);
  const { deletedJobs, deletedEvents } = body.status;
  screen.print(...deletedJobs.map((id) => `job/${id} deleted`), `${deletedJobs.length} Jobs and ${deletedEvents} events deleted`);
  return EXIT.reached;
}
