import type { Command } from 'commander';
import { age } from './age.ts';
import type { Column } from './columns.ts';
import { EXIT } from './exit.ts';
import { parseOne, pathOf } from './kinds.ts';
import { createTable, outputOption, printDocument, type Format } from './output.ts';
import type { Run, Session } from './session.ts';
import { specChanges, valueText, type FieldChange } from './spec-changes.ts';
import type { DeploymentView, JobView } from './wire.ts';

/** One Job of a Deployment, and how it came about. */
interface Entry {
  readonly jobId: string;
  readonly state: string;
  readonly createdAt: string;
  readonly terminatedAt?: string;
  readonly parallelism: number;
  readonly restarts?: number;
  /** The state that it was restored from. */
  readonly savepointLocation?: string;
  /** Against the Job before; the oldest has none. */
  readonly changes?: readonly FieldChange[];
}

const COLUMNS: readonly Column<Entry>[] = [
  { title: 'JOB', cell: ({ jobId }) => jobId },
  { title: 'STATE', isState: true, cell: ({ state }) => state },
  { title: 'MADE', cell: ({ createdAt }, { now }) => age(createdAt, now) },
  { title: 'ENDED', cell: ({ terminatedAt }, { now }) => age(terminatedAt, now) },
  { title: 'PARALLELISM', cell: ({ parallelism }) => parallelism },
  { title: 'RESTARTS', cell: ({ restarts }) => restarts },
  { title: 'RESTORED FROM', cell: ({ savepointLocation }) => savepointLocation },
  { title: 'CHANGED', cell: ({ changes }) => changes?.map(changeText).join('; ') },
];

const changeText = ({ field, before, after }: FieldChange): string => `${field}: ${valueText(before)} → ${valueText(after)}`;

/** `drey history`: how a Deployment evolved, from its oldest Job to its newest. */
export function addHistory(program: Command, run: Run): void {
  program
    .command('history')
    .description('the Jobs of a Deployment, oldest first, and what changed from each to the next')
    .argument('<deployment>', 'its name or its id')
    .addOption(outputOption(['table', 'json', 'yaml']))
    .action((word: string, { output }: { output: Format }, command: Command) => run(command, (session) => history(session, word, output)));
}

async function history({ server, screen }: Session, word: string, output: Format): Promise<number> {
  const reference = parseOne(word.includes('/') ? word : `deployment/${word}`, undefined, ['deployment']);
  const { body: deployment } = await server.get<DeploymentView>(pathOf(reference));
  const { body, now } = await server.list<JobView>('/jobs', { deploymentId: deployment.metadata.id });
  const items = body.items.map((job, index) => entryOf(job, body.items[index - 1]));
  if (output === 'json' || output === 'yaml') {
    await printDocument(screen, output, { deploymentId: deployment.metadata.id, items });
    return EXIT.reached;
  }
  createTable(screen, COLUMNS, false)(items, { now, deploymentName: () => undefined });
  if (items.length === 0) screen.tell(`deployment/${deployment.metadata.name} has no Jobs yet.`);
  return EXIT.reached;
}

function entryOf({ metadata, spec, status }: JobView, before: JobView | undefined): Entry {
  const { savepointLocation, parallelism } = spec;
  return {
    jobId: metadata.id,
    state: status.state,
    createdAt: metadata.createdAt,
    ...(metadata.terminatedAt === undefined ? {} : { terminatedAt: metadata.terminatedAt }),
    parallelism,
    ...(status.started === undefined ? {} : { restarts: status.started.observedFlinkJobRestarts }),
    ...(savepointLocation === undefined ? {} : { savepointLocation }),
    // What it was restored from has its own field, and is another for each Job.
    ...(before === undefined ? {} : { changes: specChanges(before.spec, spec).filter(({ field }) => field !== 'savepointLocation') }),
  };
}
