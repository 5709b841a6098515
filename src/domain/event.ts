/** VVP 2.x's event names, as far as Drey writes them. */
export type EventName =
  | 'STATE_TRANSITION_IS_NEEDED'
  | 'STATE_TRANSITION_IS_COMPLETED'
  | 'TRANSITIONED_TO_FINISHED_STATE'
  | 'FOUND_A_JOB_TO_TERMINATE'
  | 'USING_AN_UPGRADE_STRATEGY'
  | 'CREATING_A_NEW_JOB'
  | 'FAILED_CREATING_A_NEW_JOB'
  | 'AWAITING_A_JOB_TO_START'
  | 'AWAITING_A_JOB_TO_TERMINATE'
  | 'TOO_MANY_FAILED_JOB_CREATION_ATTEMPTS'
  | 'TOO_MANY_FAILED_SUSPENSION_ATTEMPTS'
  | 'COULD_NOT_FIND_A_JOB_TO_SUSPEND'
  | 'CREATING_A_SAVEPOINT_BEFORE_SUSPENSION'
  | 'AWAITING_SAVEPOINT_COMPLETION_TO_TRANSITION_TO_SUSPENDED'
  | 'FOUND_A_COMPLETED_SAVEPOINT_READY_FOR_SUSPENSION'
  | 'NEED_TO_TRIGGER_A_SAVEPOINT'
  | 'SUCCESSFULLY_TRIGGERED_A_SAVEPOINT'
  | 'AWAITING_FOR_A_SAVEPOINT_TO_COMPLETE'
  | 'AN_UNRECOVERABLE_FAILURE_WHILE_TAKING_A_SAVEPOINT'
  | 'JOB_IS_NOT_CONFIGURED_WITH_SAVEPOINT_SUPPORT'
  | 'TRANSITIONING_TO_FAILED_STATE_BECAUSE_OF_A_MISSING_JOB'
  | 'JOB_SUCCESSFULLY_STARTED'
  | 'JOB_SUCCESSFULLY_FINISHED'
  | 'TRANSITIONED_TO_COMPLETED'
  | 'TERMINATING_A_JOB_DUE_TO_AN_UNRECOVERABLE_FAILURE'
  | 'GENERAL_FAILURE'
  | 'EXTERNAL';

/** What is told; the store gives it an id, a time and the Deployment's next number. */
export interface NewEvent {
  readonly name: EventName;
  readonly message: string;
  readonly jobId?: string;
}

export interface Event extends NewEvent {
  readonly id: string;
  readonly namespace: string;
  readonly deploymentId: string;
  /** Gapless per Deployment, from 1. */
  readonly number: number;
  readonly createdAt: Date;
}
