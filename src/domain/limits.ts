/** The numbers that the domain's rules need. Milliseconds. */
export interface Limits {
  /** How long a Job may be STARTING. */
  readonly startDeadlineMs: number;
  /** How long a submission without an answer may still arrive at Flink. */
  readonly submissionWindowMs: number;
  /** With high availability: how long a new JobManager may take to recover its jobs. */
  readonly recoveryGraceMs: number;
  /** The wait between a Deployment's Jobs after failures: first, and at most. */
  readonly failureBackoffFirstMs: number;
  readonly failureBackoffMostMs: number;
  /** How long a savepoint waits for all tasks of its job to run. */
  readonly savepointReadyMs: number;
  /** Above this age an observation is too old to be written: the probe interval plus twice the read limit. */
  readonly observationMaxAgeMs: number;
}
