import type { Deployment, DeploymentFailure, DeploymentState } from '../domain/deployment.ts';
import { plan, type Step } from '../domain/deployment-plan.ts';
import type { Job } from '../domain/job.ts';
import type { Limits } from '../domain/limits.ts';
import { narrateDeployment, narrateNewJob, narrateTermination } from '../domain/narration.ts';
import { DreyError } from '../domain/errors.ts';
import type { Snapshot } from '../domain/savepoint.ts';
import { addSavepoint, applyToJob, type Draft } from './draft.ts';
import { newJob } from './new-job.ts';
import { newSavepoint } from './new-savepoint.ts';

/** A plan never needs more steps than this at once: end a Job, make a Job, wait. */
const MOST_STEPS = 4;

/** Plans and performs steps until the Deployment has to wait for something. Database rows only, so it runs inside the transaction. */
export function settle(draft: Draft, newId: () => string, limits: Limits): void {
  for (let i = 0; i < MOST_STEPS; i++) {
    const { deployment, job, savepoints, unreleased } = draft;
    const step = plan({ deployment, job, savepoints, isReleasing: unreleased.length > 0 }, draft.now, limits);
    if (step.kind === 'wait') {
      rest(draft, step.state, step.until, step.failure);
      return;
    }
    // Said before what is done about it.
    rest(draft, 'TRANSITIONING');
    perform(draft, step, newId(), limits);
  }
  throw new DreyError('illegalTransition', `the plan of Deployment ${draft.deployment.id} does not come to rest`);
}

function rest(draft: Draft, state: DeploymentState, until?: Date, failure?: DeploymentFailure): void {
  const before = draft.deployment;
  const moved = before.state !== state;
  const isUpgraded = state === 'RUNNING' && before.keepsState === true;
  if (!moved && !isUpgraded && before.dueAt?.getTime() === until?.getTime() && before.failure?.message === failure?.message) return;
  const { dueAt, failure: past, keepsState, ...deployment } = before;
  if (moved) draft.events.push(...narrateDeployment(before, state, failure));
  draft.deployment = {
    ...deployment,
    state,
    transitionAt: moved ? draft.now : before.transitionAt,
    // The upgrade is over: from now on the restore strategy counts again.
    ...(keepsState === true && !isUpgraded ? { keepsState } : {}),
    ...(failure === undefined ? {} : { failure }),
    ...(until === undefined ? {} : { dueAt: until }),
  };
}

function perform(draft: Draft, step: Exclude<Step, { kind: 'wait' }>, id: string, limits: Limits): void {
  switch (step.kind) {
    case 'makeJob':
      makeJob(draft, id, step.from, limits);
      break;
    case 'terminateJob':
      terminateJob(draft, step.why);
      break;
    case 'stopJob':
      stopJob(draft, id, step.origin);
      break;
  }
}

function makeJob(draft: Draft, id: string, from: Snapshot | undefined, limits: Limits): void {
  if (draft.target === undefined) throw new DreyError('illegalTransition', `Deployment ${draft.deployment.id} names no existing target`);
  const job = newJob(draft.deployment, draft.target, from, id, draft.now, limits);
  draft.job = job;
  // It was that of the Job before.
  const { outcome, ...deployment } = draft.deployment;
  draft.deployment = deployment;
  draft.written.set(job.id, job);
  draft.events.push(...narrateNewJob(job));
}

function terminateJob(draft: Draft, why: 'cancelled' | 'suspended' | 'upgraded'): void {
  const { job, deployment, now } = draft;
  if (job === undefined) return;
  draft.events.push(narrateTermination(job, why));
  if (why === 'upgraded') {
    const isStateful = deployment.spec.upgradeStrategy.kind === 'STATEFUL';
    // A Job that was not STARTED yet leaves the snapshot that it was to start from, or what it came to since.
    draft.deployment = isStateful ? keeping(deployment, job) : withoutState(deployment, now);
  }
  applyToJob(draft, job, { type: 'terminateWanted', mode: 'cancel' });
}

/** A STATEFUL upgrade carries on the state of this Job. What was there before is none of it where the Job began without. */
const keeping = (deployment: Deployment, { spec, createdAt }: Job): Deployment => ({
  ...deployment,
  keepsState: true,
  ...(spec.savepointLocation === undefined ? { freshSince: createdAt } : {}),
});

function withoutState({ keepsState, ...deployment }: Deployment, now: Date): Deployment {
  return { ...deployment, freshSince: now };
}

function stopJob(draft: Draft, id: string, origin: 'SUSPEND' | 'SUSPEND_AND_UPGRADE'): void {
  const { job, deployment, now } = draft;
  if (job === undefined) return;
  if (origin === 'SUSPEND_AND_UPGRADE') draft.deployment = keeping(deployment, job);
  addSavepoint(draft, newSavepoint(job, origin, id, now));
  applyToJob(draft, job, { type: 'stopBegan', savepointId: id });
}
