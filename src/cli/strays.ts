import type { Command } from 'commander';
import { age } from './age.ts';
import type { Column } from './columns.ts';
import { EXIT } from './exit.ts';
import { parseOne, pathOf } from './kinds.ts';
import { createTable, outputOption, printDocument, type Format } from './output.ts';
import type { Run, Session } from './session.ts';
import type { JobView, StrayList, StrayView } from './wire.ts';

const COLUMNS: readonly Column<StrayView>[] = [
  { title: 'FLINK JOB', cell: ({ metadata }) => metadata.id },
  { title: 'TARGET', cell: ({ spec }) => spec.deploymentTargetName },
  { title: 'OWNER', isState: true, cell: ({ status }) => status.owner },
  { title: 'DEPLOYMENT', cell: ({ spec }) => spec.deploymentName },
  { title: 'FLINK', isState: true, cell: ({ status }) => status.flinkState },
  { title: 'AGE', cell: ({ status }, { now }) => age(status.startedAt, now) },
  { title: 'JOB', wide: true, cell: ({ spec }) => spec.jobId },
];

/** `drey strays` and `drey abandon`: where Flink and Drey do not agree. */
export function addStrays(program: Command, run: Run): void {
  program
    .command('strays')
    .description('Flink jobs on our targets that no active Job stands for; exit code 1 when a target could not be asked')
    .addOption(outputOption())
    .action((options: { output: Format }, command: Command) => run(command, (session) => strays(session, options.output)));
  program
    .command('abandon')
    .description('give up a Job whose cluster will never come back')
    .argument('<job>', 'its id')
    .requiredOption('--reason <text>', 'why; it is kept with the Job')
    .action((word: string, { reason }: { reason: string }, command: Command) => run(command, (session) => abandon(session, word, reason)));
}

async function strays({ server, screen }: Session, output: Format): Promise<number> {
  const { body, now } = await server.get<StrayList>('/strays');
  if (output === 'json' || output === 'yaml') await printDocument(screen, output, body);
  else if (output === 'name') screen.print(...body.items.map(({ metadata }) => metadata.id));
  else createTable(screen, COLUMNS, output === 'wide')(body.items, { now, deploymentName: () => undefined });
  const unreachable = body.unreachable ?? [];
  for (const { deploymentTargetName, message } of unreachable)
    screen.tell(`deployment-target/${deploymentTargetName} could not be asked: ${message}`);
  if (body.items.length + unreachable.length === 0) screen.tell('No strays found.');
  return unreachable.length === 0 ? EXIT.reached : EXIT.failed;
}

async function abandon({ server, screen }: Session, word: string, reason: string): Promise<number> {
  const reference = parseOne(word.includes('/') ? word : `job/${word}`, undefined, ['job']);
  const { body } = await server.send<JobView>('POST', `${pathOf(reference)}/abandon`, { reason });
  screen.print(`job/${body.metadata.id} is ${body.status.state}`);
  return EXIT.reached;
}
