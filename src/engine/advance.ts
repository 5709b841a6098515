import type { DeploymentState } from '../domain/deployment.ts';
import { plan } from '../domain/deployment-plan.ts';
import type { Limits } from '../domain/limits.ts';
import { narrateDeployment, narrateNewJob } from '../domain/narration.ts';
import { DreyError } from '../domain/errors.ts';
import { applyToJob, type Draft } from './draft.ts';
import { newJob } from './new-job.ts';

/** A plan never needs more steps than this at once: end a Job, make a Job, wait. */
const MOST_STEPS = 4;

/** Plans and performs steps until the Deployment has to wait for something. Database rows only, so it runs inside the transaction. */
export function settle(draft: Draft, newId: () => string, limits: Limits): void {
  for (let i = 0; i < MOST_STEPS; i++) {
    const step = plan(draft.deployment, draft.job, draft.now, limits);
    if (step.kind === 'wait') {
      rest(draft, step.state, step.until);
      return;
    }
    // Said before what is done about it.
    rest(draft, 'TRANSITIONING', undefined);
    switch (step.kind) {
      case 'makeJob':
        makeJob(draft, newId(), limits);
        break;
      case 'terminateJob':
        terminateJob(draft, step.why);
        break;
    }
  }
  throw new DreyError('illegalTransition', `the plan of Deployment ${draft.deployment.id} does not come to rest`);
}

function rest(draft: Draft, state: DeploymentState, until: Date | undefined): void {
  const before = draft.deployment;
  if (before.state === state && before.dueAt?.getTime() === until?.getTime()) return;
  const { dueAt, ...deployment } = before;
  const moved = before.state !== state;
  if (moved) draft.events.push(...narrateDeployment(before, state));
  draft.deployment = {
    ...deployment,
    state,
    transitionAt: moved ? draft.now : before.transitionAt,
    ...(until === undefined ? {} : { dueAt: until }),
  };
}

function makeJob(draft: Draft, id: string, limits: Limits): void {
  if (draft.target === undefined) throw new DreyError('illegalTransition', `Deployment ${draft.deployment.id} names no existing target`);
  const job = newJob(draft.deployment, draft.target, id, draft.now, limits);
  draft.job = job;
  draft.written.set(job.id, job);
  draft.events.push(...narrateNewJob(job));
}

function terminateJob(draft: Draft, why: 'cancelled' | 'upgraded'): void {
  const { job } = draft;
  if (job === undefined) return;
  draft.events.push(
    why === 'cancelled'
      ? { name: 'FOUND_A_JOB_TO_TERMINATE', message: `Job ${job.id} is to end: the desired state is CANCELLED.`, jobId: job.id }
      : { name: 'USING_AN_UPGRADE_STRATEGY', message: `Job ${job.id} is to end: the template changed, STATELESS.`, jobId: job.id },
  );
  applyToJob(draft, job, { type: 'terminateWanted', mode: 'cancel' });
}
