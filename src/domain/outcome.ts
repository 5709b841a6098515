import type { Deployment, FailureMemory, Outcome } from './deployment.ts';
import type { Job } from './job.ts';

/** More failures than this are not remembered: far beyond any sensible number of attempts. */
const REMEMBERED = 50;

/**
 * The Deployment's memory after one of its Jobs ended. A Job that ended while it was being cancelled counts as terminated,
 * whatever its final state.
 */
export function rememberEnd(deployment: Deployment, job: Job, now: Date): Deployment {
  const outcome = outcomeOf(job);
  if (outcome !== 'failed') return { ...deployment, outcome };
  const counts = job.failure?.reason !== 'JobManagerLost' || job.startedAt === undefined;
  const failures: FailureMemory[] = [...deployment.failures, { at: now, counts }].slice(-REMEMBERED);
  return { ...deployment, outcome, failures };
}

function outcomeOf(job: Job): Outcome {
  if (job.terminateMode === 'cancel') return 'terminated';
  if (job.state === 'FINISHED') return 'finished';
  if (job.state === 'TERMINATED') return 'terminated';
  return job.failure?.reason === 'EndUnobserved' ? 'endUnobserved' : 'failed';
}

/** An act of the user (another desired state, a changed template where upgrades are allowed) wipes the memory. */
export function forgetOutcomes(deployment: Deployment): Deployment {
  const { outcome, ...rest } = deployment;
  return { ...rest, failures: [] };
}
