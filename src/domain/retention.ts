/** What bounds the history. Absent: without limit. Milliseconds. */
export interface RetentionLimits {
  /** How many final Jobs of a Deployment are kept. */
  readonly keepJobs?: number;
  /** How long a final Job is kept after its end. */
  readonly jobsMaxAgeMs?: number;
  /** How many events of a Deployment are kept. */
  readonly keepEvents?: number;
  readonly eventsMaxAgeMs?: number;
  /** How long a Flink id is remembered after its Job was deleted. */
  readonly rememberIdsMs: number;
}

/** A final Job beyond a limit. */
export interface ExpiredJob {
  readonly id: string;
  readonly namespace: string;
  readonly deploymentId: string;
  readonly deploymentName: string;
  readonly state: string;
  readonly terminatedAt: Date;
  /** Which limit it is beyond; both: NUMBER. */
  readonly reason: 'NUMBER' | 'AGE';
}

/** How many of a Deployment's events, its oldest, are beyond a limit. */
export interface ExpiredEvents {
  readonly deploymentId: string;
  readonly deploymentName: string;
  readonly namespace: string;
  /** All events up to this number. */
  readonly upTo: number;
  readonly count: number;
}

export const limitsJobs = ({ keepJobs, jobsMaxAgeMs }: RetentionLimits): boolean => keepJobs !== undefined || jobsMaxAgeMs !== undefined;
export const limitsEvents = ({ keepEvents, eventsMaxAgeMs }: RetentionLimits): boolean =>
  keepEvents !== undefined || eventsMaxAgeMs !== undefined;
