import type { Deployment, DeploymentState } from './deployment.ts';
import type { NewEvent } from './event.ts';
import type { FlinkId } from './flink-id.ts';
import type { JobEvent } from './job-machine.ts';
import type { Job } from './job.ts';

/** The events that tell of a Job's transition; `job` is as it is afterwards. Intents alone tell nothing. */
export function narrateJob(event: JobEvent, job: Job): NewEvent[] {
  const tell = (name: NewEvent['name'], message: string): NewEvent[] => [{ name, message, jobId: job.id }];
  switch (event.type) {
    case 'submissionBegan':
    case 'submissionWithdrawn':
    case 'submissionSettled':
      return [];
    case 'observedReady':
      return tell('JOB_SUCCESSFULLY_STARTED', `Job ${job.id} is STARTED: all its tasks run.`);
    case 'terminateWanted':
      return [
        ...(event.failure === undefined ? [] : tell('GENERAL_FAILURE', `Job ${job.id} is being ended: ${event.failure.message}`)),
        ...tell('AWAITING_A_JOB_TO_TERMINATE', `Job ${job.id} is TERMINATING.`),
      ];
    case 'observedFinished':
      return tell('JOB_SUCCESSFULLY_FINISHED', `Job ${job.id} is FINISHED: it ended by itself.`);
    case 'observedFailed':
      return tell(
        job.startedAt === undefined ? 'FAILED_CREATING_A_NEW_JOB' : 'TERMINATING_A_JOB_DUE_TO_AN_UNRECOVERABLE_FAILURE',
        `Job ${job.id} is FAILED (${event.failure.reason}): ${event.failure.message}`,
      );
    case 'confirmedGone':
      return tell('TRANSITIONED_TO_COMPLETED', `Job ${job.id} is TERMINATED.`);
    case 'abandoned':
      return tell('TRANSITIONED_TO_COMPLETED', `Job ${job.id} is TERMINATED: ${job.evidence?.answer ?? 'abandoned'}.`);
    case 'setAside':
      return tell('GENERAL_FAILURE', `Job ${job.id} is set aside for a while, for its command always fails: ${event.reason}`);
  }
}

/** The events that tell of a new state of a Deployment. */
export function narrateDeployment(deployment: Deployment, state: DeploymentState): NewEvent[] {
  switch (state) {
    case 'TRANSITIONING':
      return [
        {
          name: 'STATE_TRANSITION_IS_NEEDED',
          message: `The Deployment was ${deployment.state} and is on its way to ${deployment.spec.state}.`,
        },
      ];
    case 'RUNNING':
    case 'CANCELLED':
      return [{ name: 'STATE_TRANSITION_IS_COMPLETED', message: `The Deployment is ${state}.` }];
    case 'FINISHED':
      return [{ name: 'TRANSITIONED_TO_FINISHED_STATE', message: 'The Deployment is FINISHED: its Job ended by itself.' }];
    case 'FAILED':
      return deployment.outcome === 'endUnobserved'
        ? [{ name: 'GENERAL_FAILURE', message: 'The Deployment is FAILED: its Job ended unobserved. Set the desired state anew to go on.' }]
        : [
            {
              name: 'TOO_MANY_FAILED_JOB_CREATION_ATTEMPTS',
              message: `The Deployment is FAILED after ${deployment.spec.maxJobCreationAttempts} failed Jobs. Change its template or desired state to go on.`,
            },
          ];
  }
}

/** Tells of a Flink job that lives although its Job has ended. */
export const narrateStray = ({ flinkId, jobId }: FlinkId): NewEvent => ({
  name: 'GENERAL_FAILURE',
  message: `Flink job ${flinkId} runs although Job ${jobId} has ended; it is being cancelled.`,
  jobId,
});

/** Tells that a Job was made. */
export const narrateNewJob = (job: Job): NewEvent[] => [
  {
    name: 'CREATING_A_NEW_JOB',
    message: `Job ${job.id} is STARTING on target ${job.spec.deploymentTarget.name} with parallelism ${job.spec.parallelism}.`,
    jobId: job.id,
  },
  { name: 'AWAITING_A_JOB_TO_START', message: `Job ${job.id} has until ${job.startDeadlineAt.toISOString()} to start.`, jobId: job.id },
];
