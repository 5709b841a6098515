import type { Command } from 'commander';
import { transitions } from '../domain/job-machine.ts';
import type { JobState } from '../domain/job.ts';
import { choose } from './choose.ts';
import { usage } from './exit.ts';
import { follow, timeoutOption, type Seen } from './follow.ts';
import { parseOne, pathOf, type Reference } from './kinds.ts';
import type { Run, Session } from './session.ts';
import { lookAtSavepoint } from './savepoint.ts';
import { deploymentStep, failureOf, jobStep, latestOf } from './step.ts';
import type { DeploymentView, JobView } from './wire.ts';

interface Options {
  readonly for: string;
  readonly timeout: number;
}

/** `drey wait`: until a Job, a Savepoint or a Deployment is in a state, or can no longer come to be. */
export function addWait(program: Command, run: Run): void {
  program
    .command('wait')
    .description('until a Job, a Savepoint or a Deployment is in a state; exit code 1 at once when that cannot be any more')
    .argument('<reference>', 'job/ID, savepoint/ID or deployment/NAME')
    .requiredOption('--for <condition>', 'state=STARTED')
    .option('--timeout <duration>', 'how long to wait: 90s, 5m', timeoutOption, 120_000)
    .action((word: string, options: Options, command: Command) =>
      run(command, (session) => {
        const reference = parseOne(word, undefined, ['job', 'savepoint', 'deployment']);
        const state = stateIn(options.for, reference);
        return follow(session, options.timeout, () => lookAt[reference.kind.name](session, reference, state));
      }),
    );
}

function stateIn(condition: string, { kind }: Reference): string {
  const [field = '', state] = condition.split('=', 2);
  if (state === undefined) throw usage(`--for ${condition}: write it as --for=state=${kind.states[0] ?? ''}`);
  choose('something to wait for', field, ['state']);
  return choose(`a state of ${kind.path}`, state, kind.states);
}

async function lookAtJob({ server }: Session, reference: Reference, wanted: string): Promise<Seen> {
  const { body: job } = await server.get<JobView>(pathOf(reference));
  const { state } = job.status;
  if (state === wanted) return { reached: `job/${job.metadata.id} is ${state}` };
  if (reachable(state).has(wanted)) return { step: jobStep(job) };
  return { failed: `job/${job.metadata.id} is ${state} and never becomes ${wanted}${failureOf({ job })}` };
}

/** The states that a Job in this one may still come to, itself included. */
function reachable(from: JobState, found = new Set<string>()): Set<string> {
  found.add(from);
  for (const rule of Object.values(transitions)) {
    if (rule.to !== 'same' && rule.from.includes(from) && !found.has(rule.to)) reachable(rule.to, found);
  }
  return found;
}

async function lookAtDeployment({ server }: Session, reference: Reference, wanted: string): Promise<Seen> {
  const { body: deployment } = await server.get<DeploymentView>(pathOf(reference));
  const { metadata, status } = deployment;
  if (status.state === wanted) return { reached: `deployment/${metadata.name} is ${wanted}` };
  const latest = await latestOf(server, deployment);
  // It stays so until somebody changes it.
  if (status.state === 'FAILED' || status.state === 'FINISHED') {
    return { failed: `deployment/${metadata.name} is ${status.state}, and stays so until it is changed${failureOf(latest, deployment)}` };
  }
  return { step: deploymentStep(deployment, latest) };
}

const lookAt = {
  job: lookAtJob,
  savepoint: (session: Session, { name }: Reference, wanted: string) => lookAtSavepoint(session, name, wanted),
  deployment: lookAtDeployment,
};
