import { backoff } from './backoff.ts';
import { parseDuration } from './duration.ts';
import type { Deployment, DeploymentState, FailureMemory } from './deployment.ts';
import type { Job } from './job.ts';
import type { Limits } from './limits.ts';

/** What a Deployment needs next. `wait` ends the planning: this is its status, and from `until` on it is to be planned anew. */
export type Step =
  | { readonly kind: 'wait'; readonly state: DeploymentState; readonly until?: Date }
  | { readonly kind: 'makeJob' }
  | { readonly kind: 'terminateJob'; readonly why: 'cancelled' | 'upgraded' };

const wait = (state: DeploymentState): Step => ({ kind: 'wait', state });

/** One step for a Deployment and its active Job. Pure; the table is in `docs/state-machine.md`, one branch a row. */
export function plan(deployment: Deployment, job: Job | undefined, now: Date, limits: Limits): Step {
  if (job?.state === 'TERMINATING') return wait('TRANSITIONING');
  switch (deployment.spec.state) {
    case 'CANCELLED':
      return job === undefined ? wait('CANCELLED') : { kind: 'terminateJob', why: 'cancelled' };
    case 'RUNNING':
      if (job === undefined) return planWithoutJob(deployment, now, limits);
      if (wantsUpgrade(deployment, job)) return { kind: 'terminateJob', why: 'upgraded' };
      return wait(job.state === 'STARTED' ? 'RUNNING' : 'TRANSITIONING');
  }
}

function planWithoutJob(deployment: Deployment, now: Date, limits: Limits): Step {
  switch (deployment.outcome ?? 'terminated') {
    case 'terminated':
      return { kind: 'makeJob' };
    case 'finished':
      return wait('FINISHED');
    case 'endUnobserved':
      return wait('FAILED');
    case 'failed':
      // FAILED stays until the user acts, also when its failures have grown too old to count.
      return deployment.state === 'FAILED' ? wait('FAILED') : planAfterFailure(deployment, now, limits);
  }
}

function planAfterFailure(deployment: Deployment, now: Date, limits: Limits): Step {
  const failures = recentFailures(deployment, now);
  if (failures.filter((failure) => failure.counts).length >= deployment.spec.maxJobCreationAttempts) return wait('FAILED');
  const last = failures.at(-1);
  if (last === undefined) return { kind: 'makeJob' };
  const pauseMs = backoff(failures.length, limits.failureBackoffFirstMs, limits.failureBackoffMostMs);
  const until = new Date(last.at.getTime() + pauseMs);
  return now < until ? { kind: 'wait', state: 'TRANSITIONING', until } : { kind: 'makeJob' };
}

/** The failures that still count, oldest first. */
function recentFailures({ failures, spec }: Deployment, now: Date): FailureMemory[] {
  const oldest = now.getTime() - parseDuration(spec.jobFailureExpirationTime);
  return failures.filter((failure) => failure.at.getTime() > oldest);
}

const wantsUpgrade = (deployment: Deployment, job: Job): boolean =>
  deployment.spec.upgradeStrategy.kind !== 'NONE' && job.templateHash !== deployment.templateHash;
