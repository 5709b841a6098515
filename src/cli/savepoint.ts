import type { Command } from 'commander';
import { dryRunOption, rehearsed } from './dry-run.ts';
import { EXIT } from './exit.ts';
import { follow, timeoutOption, type Seen } from './follow.ts';
import { parseOne, pathOf } from './kinds.ts';
import type { Run, Session } from './session.ts';
import { causeOf, savepointStep } from './step.ts';
import type { DeploymentView, SavepointView } from './wire.ts';

interface Options {
  readonly wait?: true;
  readonly timeout: number;
  readonly dryRun?: true;
}

/** `drey savepoint`: one of a Deployment's running Job, which goes on running. */
export function addSavepoint(program: Command, run: Run): void {
  program
    .command('savepoint')
    .description('take a Savepoint of a Deployment, whose Job goes on running')
    .argument('<deployment>', 'its name or its id')
    .option('--wait', 'until it is completed, or has failed')
    .option('--timeout <duration>', 'how long to wait: 90s, 5m', timeoutOption, 300_000)
    .addOption(dryRunOption())
    .action((word: string, options: Options, command: Command) => run(command, (session) => take(session, word, options)));
}

async function take(session: Session, word: string, { wait, timeout, dryRun }: Options): Promise<number> {
  const { server, screen } = session;
  const reference = parseOne(word.includes('/') ? word : `deployment/${word}`, undefined, ['deployment']);
  const { body: deployment } = await server.get<DeploymentView>(pathOf(reference));
  const { body: savepoint } = await server.send<SavepointView>('POST', rehearsed('/savepoints', dryRun), {
    metadata: { deploymentId: deployment.metadata.id },
  });
  if (dryRun === true) {
    screen.print(`a Savepoint of Job ${savepoint.metadata.jobId ?? ''} would be taken (dry run)`);
    return EXIT.reached;
  }
  const { id } = savepoint.metadata;
  if (wait === true) return follow(session, timeout, () => lookAtSavepoint(session, id, 'COMPLETED'));
  screen.print(`savepoint/${id} is ${savepoint.status.state}`);
  return EXIT.reached;
}

/** What is to be told of a Savepoint that is awaited in a state. COMPLETED and FAILED are never left. */
export async function lookAtSavepoint({ server }: Pick<Session, 'server'>, id: string, wanted: string): Promise<Seen> {
  const { body: savepoint } = await server.get<SavepointView>(`/savepoints/${encodeURIComponent(id)}`);
  const { state } = savepoint.status;
  const is = `savepoint/${savepoint.metadata.id} is ${state}`;
  const { savepointLocation } = savepoint.spec;
  if (state === wanted) return { reached: `${is}${savepointLocation === undefined ? '' : `: ${savepointLocation}`}` };
  return state === 'STARTED' ? { step: savepointStep(savepoint) } : { failed: `${is} and never becomes ${wanted}${causeOf(savepoint)}` };
}
