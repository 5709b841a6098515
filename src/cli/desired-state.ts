import type { Command } from 'commander';
import { isFinal } from '../domain/job.ts';
import { dryRunOption, rehearsed } from './dry-run.ts';
import { EXIT, CommandError } from './exit.ts';
import { follow, timeoutOption, type Seen } from './follow.ts';
import { parseOne, pathOf, type Reference } from './kinds.ts';
import type { Run, Session } from './session.ts';
import { deploymentStep, failureOf, latestOf } from './step.ts';
import type { DeploymentView, JobView } from './wire.ts';

interface Options {
  readonly wait?: true;
  readonly timeout: number;
  readonly dryRun?: true;
}

type Wanted = 'RUNNING' | 'SUSPENDED' | 'CANCELLED';

/** `drey start`, `suspend` and `cancel`: what a Deployment should be. */
export function addDesiredState(program: Command, run: Run): void {
  const add = (name: string, wanted: Wanted, description: string) =>
    program
      .command(name)
      .description(description)
      .argument('<deployment>', 'its name or its id')
      .option('--wait', 'until it is there, or cannot be')
      .option('--timeout <duration>', 'how long to wait: 90s, 5m', timeoutOption, 300_000)
      .addOption(dryRunOption())
      .action((word: string, options: Options, command: Command) =>
        run(command, (session) => {
          const reference = parseOne(word.includes('/') ? word : `deployment/${word}`, undefined, ['deployment']);
          return options.dryRun === true ? rehearse(session, reference, wanted) : setState(session, reference, wanted, options);
        }),
      );
  add('start', 'RUNNING', 'let a Deployment run');
  add('suspend', 'SUSPENDED', 'end the Job of a Deployment with a Savepoint, from which it can go on');
  add('cancel', 'CANCELLED', 'end the Job of a Deployment, without a Savepoint');
}

const bodyFor = (wanted: Wanted) => ({ spec: { state: wanted } });

async function setState(session: Session, reference: Reference, wanted: Wanted, { wait, timeout }: Options): Promise<number> {
  const { server, screen } = session;
  const { body } = await server.send<DeploymentView>('PATCH', pathOf(reference), bodyFor(wanted));
  const { name } = body.metadata;
  // It rests, and what it is already is no reason to leave that.
  if (body.status.state === 'FAILED' || body.status.state === 'FINISHED') {
    throw new CommandError(EXIT.failed, `deployment/${name} stays ${body.status.state}${failureOf(await latestOf(server, body), body)}`);
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
  const latest = await latestOf(server, deployment);
  if (status.state === 'FAILED') return { failed: `${name} is FAILED${failureOf(latest, deployment)}` };
  return { step: deploymentStep(deployment, latest) };
}

async function rehearse({ server, screen }: Session, reference: Reference, wanted: Wanted): Promise<number> {
  const { body: deployment } = await server.get<DeploymentView>(pathOf(reference));
  await server.send('PATCH', rehearsed(pathOf(reference), true), bodyFor(wanted));
  const { metadata, spec, status } = deployment;
  const { job } = await latestOf(server, deployment);
  const active = job === undefined || isFinal(job.status.state) ? undefined : job;
  const isResting = status.state === 'FAILED' || status.state === 'FINISHED';
  const effect =
    spec.state === wanted
      ? `it is wanted ${wanted} already, so nothing would happen${isResting ? `: it stays ${status.state}` : ''}`
      : (effectOn(active, wanted) ?? `it would be wanted ${wanted}`);
  screen.print(`deployment/${metadata.name} is ${status.state} and wanted ${spec.state}; ${effect} (dry run)`);
  return EXIT.reached;
}

/** What another desired state does first. */
function effectOn(active: JobView | undefined, wanted: Wanted): string | undefined {
  if (active === undefined) return wanted === 'RUNNING' ? 'a new Job would be made' : undefined;
  if (wanted === 'RUNNING') return undefined;
  const { metadata, status } = active;
  const how = wanted === 'SUSPENDED' && status.state === 'STARTED' ? 'stopped with a Savepoint' : 'terminated';
  return `Job ${metadata.id} (${status.state}) would be ${how}`;
}
