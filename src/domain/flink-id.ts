/** A Flink id that a Job was submitted under: remembered longer than the Job. */
export interface FlinkId {
  /** 32 hex digits, as Flink writes it. */
  readonly flinkId: string;
  readonly jobId: string;
  readonly deploymentId: string;
  readonly targetId: string;
  /** When its Job became final. */
  readonly endedAt?: Date;
  /** Since when its Flink job has been seen alive although the Job had ended. */
  readonly straySince?: Date;
}
