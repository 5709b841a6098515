import type { Deployment, FailureMemory, Outcome } from './deployment.ts';
import type { Job } from './job.ts';
import { historyAfter } from './restarts.ts';
import { mayStartFrom } from './restore.ts';
import { isStop, type Savepoint } from './savepoint.ts';

/** More failures than this are not remembered: far beyond any sensible number of attempts. */
const REMEMBERED = 50;

/**
 * The Deployment's memory after one of its Jobs ended. A Job that ended while it was being cancelled counts as terminated,
 * whatever its final state. That the outcome of its stop is unknown stays known.
 */
export function rememberEnd(deployment: Deployment, job: Job, now: Date): Deployment {
  const end = outcomeOf(job);
  const outcome = deployment.outcome === 'stateUnknown' ? 'stateUnknown' : end;
  if (end !== 'failed') return { ...deployment, outcome };
  const counts = job.failure?.reason !== 'JobManagerLost' || job.startedAt === undefined;
  const older = deployment.failures.map(({ restartHistory, ...failure }): FailureMemory => failure);
  const ran = job.startedAt !== undefined && job.failure?.reason === 'JobFailed';
  const restartHistory = ran ? historyAfter(job.restartHistory, 1, now) : job.restartHistory;
  const newest: FailureMemory = { at: now, counts, ...(restartHistory === undefined ? {} : { restartHistory }) };
  return { ...deployment, outcome, failures: [...older, newest].slice(-REMEMBERED) };
}

function outcomeOf(job: Job): Outcome {
  if (job.terminateMode === 'cancel' || job.terminateMode === 'stopped') return 'terminated';
  if (job.state === 'FINISHED') return 'finished';
  if (job.state === 'TERMINATED') return 'terminated';
  return job.failure?.reason === 'EndUnobserved' ? 'endUnobserved' : 'failed';
}

/** The Deployment's memory after a Savepoint moved: failed tries to stop its Job count, a success forgets them. */
export function rememberStop(deployment: Deployment, savepoint: Savepoint, now: Date): Deployment {
  if (!isStop(savepoint) || savepoint.state === 'STARTED') return deployment;
  if (savepoint.state === 'COMPLETED') return { ...deployment, savepointFailures: [] };
  const message = savepoint.failure?.message ?? 'no cause is known';
  const savepointFailures = [...deployment.savepointFailures, { at: now, message }].slice(-REMEMBERED);
  return { ...deployment, savepointFailures, ...(savepoint.failure?.reason === 'OutcomeUnknown' ? { outcome: 'stateUnknown' } : {}) };
}

/** The state that its last Job left behind cannot be found: no Job is made from older state by itself, where the next would start from that one. */
export const forgetState = (deployment: Deployment, lost: Savepoint): Deployment =>
  deployment.outcome !== 'finished' && deployment.outcome !== 'endUnobserved' && mayStartFrom(deployment, lost)
    ? { ...deployment, outcome: 'stateUnknown' }
    : deployment;

/** A changed template, where upgrades are allowed, is an act of the user: it wipes the memory of what failed, not of an upgrade under way. */
export function forgetFailures(deployment: Deployment): Deployment {
  const { outcome, failure, ...rest } = deployment;
  return { ...rest, failures: [], savepointFailures: [] };
}

/** Another desired state ends an upgrade as well: from now on the restore strategy alone counts. */
export function forgetUpgrade(deployment: Deployment): Deployment {
  const { keepsState, freshSince, ...rest } = deployment;
  return rest;
}
