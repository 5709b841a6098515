import type { Deployment, DeploymentFailure, DeploymentState } from './deployment.ts';
import type { NewEvent } from './event.ts';
import type { FlinkId } from './flink-id.ts';
import type { JobEvent } from './job-machine.ts';
import type { Job } from './job.ts';
import { isStop, type Savepoint } from './savepoint.ts';
import type { SavepointEvent } from './savepoint-machine.ts';

const teller =
  (jobId: string | undefined) =>
  (name: NewEvent['name'], message: string): NewEvent => ({ name, message, ...(jobId === undefined ? {} : { jobId }) });

/** The events that tell of a Job's transition; `job` is as it is afterwards. Intents alone tell nothing. */
export function narrateJob(event: JobEvent, job: Job): NewEvent[] {
  const tell = teller(job.id);
  switch (event.type) {
    case 'submissionBegan':
    case 'submissionWithdrawn':
    case 'submissionSettled':
    case 'scriptMoved':
    case 'sessionClosed':
    case 'stopBegan':
    case 'stopEnded':
    case 'released':
      return [];
    case 'observedReady':
      return [tell('JOB_SUCCESSFULLY_STARTED', `Job ${job.id} is STARTED: all its tasks run.`)];
    case 'terminateWanted':
      return [
        ...(event.failure === undefined ? [] : [tell('GENERAL_FAILURE', `Job ${job.id} is being ended: ${event.failure.message}`)]),
        tell('AWAITING_A_JOB_TO_TERMINATE', `Job ${job.id} is TERMINATING.`),
      ];
    case 'observedFinished':
      return [tell('JOB_SUCCESSFULLY_FINISHED', `Job ${job.id} is FINISHED: it ended by itself.`)];
    case 'observedFailed':
      return [
        tell(
          job.startedAt === undefined ? 'FAILED_CREATING_A_NEW_JOB' : 'TERMINATING_A_JOB_DUE_TO_AN_UNRECOVERABLE_FAILURE',
          `Job ${job.id} is FAILED (${event.failure.reason}): ${event.failure.message}`,
        ),
      ];
    case 'confirmedGone':
      return [tell('TRANSITIONED_TO_COMPLETED', `Job ${job.id} is TERMINATED.`)];
    case 'abandoned':
      return [tell('TRANSITIONED_TO_COMPLETED', `Job ${job.id} is TERMINATED: ${job.evidence?.answer ?? 'abandoned'}.`)];
    case 'setAside':
      return [tell('GENERAL_FAILURE', `Job ${job.id} is set aside for a while, for its command always fails: ${event.reason}`)];
  }
}

/** The events that tell that a Savepoint was made. */
export function narrateNewSavepoint(savepoint: Savepoint): NewEvent[] {
  const { id, jobId, origin, location } = savepoint;
  const tell = teller(jobId);
  if (savepoint.state === 'FAILED') return [tell('GENERAL_FAILURE', `Savepoint ${id} is FAILED: ${savepoint.failure?.message ?? ''}`)];
  switch (origin) {
    case 'COPIED':
      return [tell('EXTERNAL', `Savepoint ${id} was copied: ${location ?? ''}.`)];
    case 'RETAINED_CHECKPOINT':
      return [tell('EXTERNAL', `Job ${jobId ?? ''} left a checkpoint behind: ${location ?? ''}.`)];
    case 'USER_REQUEST':
      return [tell('NEED_TO_TRIGGER_A_SAVEPOINT', `Savepoint ${id} is to be taken of Job ${jobId ?? ''}.`)];
    case 'SUSPEND':
      return [
        tell('CREATING_A_SAVEPOINT_BEFORE_SUSPENSION', `Job ${jobId ?? ''} is to stop with Savepoint ${id}.`),
        tell('AWAITING_SAVEPOINT_COMPLETION_TO_TRANSITION_TO_SUSPENDED', `The Deployment is SUSPENDED once Savepoint ${id} is COMPLETED.`),
      ];
    case 'SUSPEND_AND_UPGRADE':
      return [tell('USING_AN_UPGRADE_STRATEGY', `Job ${jobId ?? ''} is to stop with Savepoint ${id}: the template changed, STATEFUL.`)];
  }
}

/** The events that tell of a Savepoint's transition; `savepoint` is as it is afterwards. */
export function narrateSavepoint(event: SavepointEvent, savepoint: Savepoint): NewEvent[] {
  const { id, jobId } = savepoint;
  const tell = teller(jobId);
  switch (event.type) {
    case 'triggerBegan':
      return [tell('AWAITING_FOR_A_SAVEPOINT_TO_COMPLETE', `Flink is asked for Savepoint ${id}, in ${event.directory}.`)];
    case 'completed':
      return [
        isStop(savepoint)
          ? tell('FOUND_A_COMPLETED_SAVEPOINT_READY_FOR_SUSPENSION', `Savepoint ${id} is COMPLETED: ${event.location}.`)
          : tell('SUCCESSFULLY_TRIGGERED_A_SAVEPOINT', `Savepoint ${id} is COMPLETED: ${event.location}.`),
      ];
    case 'failed':
      return [
        tell(
          event.failure.reason === 'NoSavepointDirectory'
            ? 'JOB_IS_NOT_CONFIGURED_WITH_SAVEPOINT_SUPPORT'
            : 'AN_UNRECOVERABLE_FAILURE_WHILE_TAKING_A_SAVEPOINT',
          `Savepoint ${id} is FAILED (${event.failure.reason}): ${event.failure.message}`,
        ),
      ];
  }
}

/** The events that tell of a new state of a Deployment; `failure` is why it is FAILED. */
export function narrateDeployment(deployment: Deployment, state: DeploymentState, failure: DeploymentFailure | undefined): NewEvent[] {
  switch (state) {
    case 'TRANSITIONING':
      return [
        {
          name: 'STATE_TRANSITION_IS_NEEDED',
          message: `The Deployment was ${deployment.state} and is on its way to ${deployment.spec.state}.`,
        },
      ];
    case 'RUNNING':
    case 'SUSPENDED':
    case 'CANCELLED':
      return [{ name: 'STATE_TRANSITION_IS_COMPLETED', message: `The Deployment is ${state}.` }];
    case 'FINISHED':
      return [{ name: 'TRANSITIONED_TO_FINISHED_STATE', message: 'The Deployment is FINISHED: its Job ended by itself.' }];
    case 'FAILED':
      return [
        {
          name: FAILED_BY[failure?.reason ?? 'JobsFailed'],
          message: `The Deployment is FAILED: ${failure?.message ?? 'its Jobs failed'}. Change its template or its desired state to go on.`,
        },
      ];
  }
}

const FAILED_BY: { readonly [R in DeploymentFailure['reason']]: NewEvent['name'] } = {
  JobsFailed: 'TOO_MANY_FAILED_JOB_CREATION_ATTEMPTS',
  SavepointsFailed: 'TOO_MANY_FAILED_SUSPENSION_ATTEMPTS',
  EndUnobserved: 'TRANSITIONING_TO_FAILED_STATE_BECAUSE_OF_A_MISSING_JOB',
  StateUnknown: 'GENERAL_FAILURE',
  StateTooOld: 'GENERAL_FAILURE',
};

/** Why a Job is to end without a savepoint. */
export function narrateTermination(job: Job, why: 'cancelled' | 'suspended' | 'upgraded'): NewEvent {
  switch (why) {
    case 'cancelled':
      return { name: 'FOUND_A_JOB_TO_TERMINATE', message: `Job ${job.id} is to end: the desired state is CANCELLED.`, jobId: job.id };
    case 'suspended':
      return {
        name: 'COULD_NOT_FIND_A_JOB_TO_SUSPEND',
        message: `Job ${job.id} is to end without a savepoint: it was not STARTED yet.`,
        jobId: job.id,
      };
    case 'upgraded':
      return { name: 'USING_AN_UPGRADE_STRATEGY', message: `Job ${job.id} is to end: the template changed.`, jobId: job.id };
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
    message:
      `Job ${job.id} is STARTING on target ${job.spec.deploymentTarget.name} with parallelism ${job.spec.parallelism}` +
      `${job.spec.savepointLocation === undefined ? '' : `, from ${job.spec.savepointLocation}`}.`,
    jobId: job.id,
  },
  { name: 'AWAITING_A_JOB_TO_START', message: `Job ${job.id} has until ${job.startDeadlineAt.toISOString()} to start.`, jobId: job.id },
];
