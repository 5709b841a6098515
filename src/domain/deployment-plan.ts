import { backoff } from './backoff.ts';
import type { Deployment, DeploymentFailure, DeploymentState, FailureMemory } from './deployment.ts';
import { parseDuration } from './duration.ts';
import type { Job } from './job.ts';
import type { Limits } from './limits.ts';
import { restoreFor, wantsState } from './restore.ts';
import type { Savepoint, Snapshot } from './savepoint.ts';

/** What a Deployment needs next. `wait` ends the planning: this is its status, and from `until` on it is to be planned anew. */
export type Step =
  | { readonly kind: 'wait'; readonly state: DeploymentState; readonly until?: Date; readonly failure?: DeploymentFailure }
  /** `from`: what its state is restored from. */
  | { readonly kind: 'makeJob'; readonly from?: Snapshot }
  | { readonly kind: 'terminateJob'; readonly why: 'cancelled' | 'suspended' | 'upgraded' }
  | { readonly kind: 'stopJob'; readonly origin: 'SUSPEND' | 'SUSPEND_AND_UPGRADE' };

/** What a plan looks at. */
export interface Situation {
  readonly deployment: Deployment;
  /** The Job that is not final. */
  readonly job: Job | undefined;
  /** The open ones, and of the completed at least the newest savepoint and the newest retained checkpoint that may be used. */
  readonly savepoints: readonly Savepoint[];
  /** An ended Job may have left state behind that nobody has looked for yet. */
  readonly isReleasing: boolean;
}

const wait = (state: DeploymentState): Step => ({ kind: 'wait', state });
const rest = (failure: DeploymentFailure): Step => ({ kind: 'wait', state: 'FAILED', failure });
const fail = (reason: DeploymentFailure['reason'], message: string): Step => rest({ reason, message });

const STATE_UNKNOWN = fail('StateUnknown', 'the state that its last Job left behind cannot be found; its Savepoints say where to look');

/** One step for a Deployment. Pure; the table is in `docs/state-machine.md`, one branch a row. */
export function plan(situation: Situation, now: Date, limits: Limits): Step {
  const { deployment, job } = situation;
  const { state } = deployment.spec;
  if (job?.state === 'TERMINATING') return wait('TRANSITIONING');
  if (state === 'CANCELLED') return job === undefined ? wait('CANCELLED') : { kind: 'terminateJob', why: 'cancelled' };
  if (deployment.failure !== undefined) return rest(deployment.failure);
  if (job?.stopId !== undefined) return wait('TRANSITIONING');
  if (state === 'SUSPENDED') return planSuspended(deployment, job, now, limits);
  return job === undefined ? planWithoutJob(situation, now, limits) : planUpgrade(deployment, job, now, limits);
}

/** Suspended is one whose state is safe. */
function planSuspended(deployment: Deployment, job: Job | undefined, now: Date, limits: Limits): Step {
  if (job?.state === 'STARTING') return { kind: 'terminateJob', why: 'suspended' };
  if (job !== undefined) return planStop(deployment, 'SUSPEND', now, limits);
  if (deployment.outcome === 'stateUnknown') return STATE_UNKNOWN;
  return wait(deployment.outcome === 'finished' ? 'FINISHED' : 'SUSPENDED');
}

function planUpgrade(deployment: Deployment, job: Job, now: Date, limits: Limits): Step {
  const { kind } = deployment.spec.upgradeStrategy;
  if (kind === 'NONE' || job.templateHash === deployment.templateHash) return wait(job.state === 'STARTING' ? 'TRANSITIONING' : 'RUNNING');
  if (kind === 'STATELESS' || job.state === 'STARTING') return { kind: 'terminateJob', why: 'upgraded' };
  return planStop(deployment, 'SUSPEND_AND_UPGRADE', now, limits);
}

/** A Job is never ended without the savepoint that it is to be stopped with. */
function planStop({ savepointFailures, spec }: Deployment, origin: 'SUSPEND' | 'SUSPEND_AND_UPGRADE', now: Date, limits: Limits): Step {
  const last = savepointFailures.at(-1);
  if (last === undefined) return { kind: 'stopJob', origin };
  if (savepointFailures.length >= spec.maxSavepointCreationAttempts) {
    const tries = savepointFailures.length === 1 ? 'its savepoint' : `${savepointFailures.length} savepoints`;
    return fail('SavepointsFailed', `the Job runs on, for ${tries} failed, the last with: ${last.message}`);
  }
  const until = pauseAfter(last.at, savepointFailures.length, limits);
  return now < until ? { kind: 'wait', state: 'TRANSITIONING', until } : { kind: 'stopJob', origin };
}

function planWithoutJob(situation: Situation, now: Date, limits: Limits): Step {
  switch (situation.deployment.outcome ?? 'terminated') {
    case 'terminated':
      return planJob(situation, now);
    case 'finished':
      return wait('FINISHED');
    case 'endUnobserved':
      return fail('EndUnobserved', 'its Job ended unobserved, and how is unknown');
    case 'stateUnknown':
      return STATE_UNKNOWN;
    case 'failed':
      return planAfterFailure(situation, now, limits);
  }
}

function planAfterFailure(situation: Situation, now: Date, limits: Limits): Step {
  const { deployment } = situation;
  const failures = recentFailures(deployment, now);
  if (failures.filter((failure) => failure.counts).length >= deployment.spec.maxJobCreationAttempts) {
    return fail('JobsFailed', `${deployment.spec.maxJobCreationAttempts} Jobs failed`);
  }
  const last = failures.at(-1);
  if (last === undefined) return planJob(situation, now);
  const until = pauseAfter(last.at, failures.length, limits);
  return now < until ? { kind: 'wait', state: 'TRANSITIONING', until } : planJob(situation, now);
}

/** A Job, once it is known what the last one left behind, and what became of the savepoints that were under way when it ended; if that matters. */
function planJob({ deployment, savepoints, isReleasing }: Situation, now: Date): Step {
  const isSettling = isReleasing || savepoints.some(({ state }) => state === 'STARTED');
  if (isSettling && wantsState(deployment)) return wait('TRANSITIONING');
  const restore = restoreFor(deployment, savepoints, now);
  switch (restore.kind) {
    case 'fresh':
      return { kind: 'makeJob' };
    case 'from':
      return { kind: 'makeJob', from: restore.snapshot };
    case 'tooOld':
      return fail(
        'StateTooOld',
        `the newest state it may start from, ${restore.snapshot.location}, is older than restoreStrategy.maxStateAge allows (${deployment.spec.restoreStrategy.maxStateAge ?? ''})`,
      );
  }
}

const pauseAfter = (last: Date, failures: number, limits: Limits): Date =>
  new Date(last.getTime() + backoff(failures, limits.failureBackoffFirstMs, limits.failureBackoffMostMs));

/** The failures that still count, oldest first. */
function recentFailures({ failures, spec }: Deployment, now: Date): FailureMemory[] {
  const oldest = now.getTime() - parseDuration(spec.jobFailureExpirationTime);
  return failures.filter((failure) => failure.at.getTime() > oldest);
}
