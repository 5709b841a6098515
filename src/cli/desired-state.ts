import type { Command } from 'commander';
import { isFinal } from '../domain/job.ts';
import { EXIT, CommandError } from './exit.ts';
import { follow, timeoutOption, type Seen } from './follow.ts';
import { parseOne, pathOf, type Reference } from './kinds.ts';
import type { Run, Session } from './session.ts';
import { deploymentStep, failureOf, newestJob } from './step.ts';
import type { DeploymentView } from './wire.ts';

interface Options {
  readonly wait?: true;
  readonly timeout: number;
  readonly dryRun?: true;
}

type Wanted = 'RUNNING' | 'CANCELLED';

/** `drey start` and `drey cancel`: what a Deployment should be. */
export function addDesiredState(program: Command, run: Run): void {
  const add = (name: string, wanted: Wanted, description: string) =>
    program
      .command(name)
      .description(description)
      .argument('<deployment>', 'its name or its id')
      .option('--wait', 'until it is there, or cannot be')
      .option('--timeout <duration>', 'how long to wait: 90s, 5m', timeoutOption, 300_000)
      .option('--dry-run', 'only tell what would happen')
      .action((word: string, options: Options, command: Command) =>
        run(command, (session) => {
          const reference = parseOne(word.includes('/') ? word : `deployment/${word}`, undefined, ['deployment']);
          return options.dryRun === true ? dryRun(session, reference, wanted) : setState(session, reference, wanted, options);
        }),
      );
  add('start', 'RUNNING', 'let a Deployment run');
  add('cancel', 'CANCELLED', 'end the Job of a Deployment, without a savepoint');
}

async function setState(session: Session, reference: Reference, wanted: Wanted, { wait, timeout }: Options): Promise<number> {
  const { server, screen } = session;
  const { body } = await server.send<DeploymentView>('PATCH', pathOf(reference), { spec: { state: wanted } });
  const { name } = body.metadata;
  // It rests, and what it is already is no reason to leave that.
  if (body.status.state === 'FAILED' || body.status.state === 'FINISHED') {
    throw new CommandError(EXIT.failed, `deployment/${name} stays ${body.status.state}${failureOf(await newestJob(server, body))}`);
  }
  if (wait === true) return follow(session, timeout, () => lookAt(session, reference, wanted));
  screen.print(`deployment/${name} ${body.status.state === wanted ? 'is' : 'is going to be'} ${wanted}`);
  return EXIT.reached;
}

async function lookAt({ server }: Session, reference: Reference, wanted: Wanted): Promise<Seen> {
  const { body: deployment } = await server.get<DeploymentView>(pathOf(reference));
  const { metadata, spec, status } = deployment;
  const name = `deployment/${metadata.name}`;
  if (spec.state !== wanted) return { failed: `${name} is wanted ${spec.state} by now: somebody else has changed it` };
  if (status.state === wanted) return { reached: `${name} is ${wanted}` };
  if (status.state === 'FINISHED') return { reached: `${name} is FINISHED: its Job ended by itself` };
  const job = await newestJob(server, deployment);
  if (status.state === 'FAILED') return { failed: `${name} is FAILED${failureOf(job)}` };
  return { step: deploymentStep(deployment, job) };
}

async function dryRun({ server, screen }: Session, reference: Reference, wanted: Wanted): Promise<number> {
  const { body: deployment } = await server.get<DeploymentView>(pathOf(reference));
  const { metadata, spec, status } = deployment;
  const job = await newestJob(server, deployment);
  const active = job === undefined || isFinal(job.status.state) ? undefined : job;
  const isResting = status.state === 'FAILED' || status.state === 'FINISHED';
  const effect =
    spec.state === wanted
      ? `it is wanted ${wanted} already, so nothing would happen${isResting ? `: it stays ${status.state}` : ''}`
      : active === undefined
        ? wanted === 'RUNNING' && 'a new Job would be made'
        : wanted === 'CANCELLED' && `Job ${active.metadata.id} (${active.status.state}) would be terminated`;
  screen.print(
    `deployment/${metadata.name} is ${status.state} and wanted ${spec.state}; ${effect || `it would be wanted ${wanted}`} (dry run)`,
  );
  return EXIT.reached;
}
