import type { Evidence } from './job.ts';

/** The states of a Savepoint (VVP 2.x). A final state is never left. */
export const SAVEPOINT_STATES = {
  STARTED: { final: false, meaning: 'Flink is being asked for it, or is writing it' },
  COMPLETED: { final: true, meaning: 'it lies at its location, whole' },
  FAILED: { final: true, meaning: 'it could not be taken, or what became of it cannot be known' },
} as const;

export type SavepointState = keyof typeof SAVEPOINT_STATES;

export const SAVEPOINT_ORIGINS = ['USER_REQUEST', 'SUSPEND', 'SUSPEND_AND_UPGRADE', 'COPIED', 'RETAINED_CHECKPOINT'] as const;
export type SavepointOrigin = (typeof SAVEPOINT_ORIGINS)[number];

/** Why a Savepoint is FAILED. */
export interface SavepointFailure {
  readonly reason: SavepointFailureReason;
  readonly message: string;
}

type SavepointFailureReason =
  | 'NoSavepointDirectory'
  | 'JobNotReady'
  /** Flink said so. */
  | 'SavepointFailed'
  /** Its Job ended, and there is no savepoint. */
  | 'JobEnded'
  /** It may exist, and Drey cannot look. */
  | 'OutcomeUnknown';

/** Where the state of a Job lies, or is to lie. It outlives its Job. All times are the database's. */
export interface Savepoint {
  readonly id: string;
  readonly namespace: string;
  readonly deploymentId: string;
  /** Absent for one that was copied from elsewhere. */
  readonly jobId?: string;
  /** When that Job was made: state from before a STATELESS upgrade is told by it. */
  readonly jobMadeAt: Date;
  readonly targetId: string;
  readonly origin: SavepointOrigin;
  readonly annotations: Readonly<Record<string, string>>;
  readonly state: SavepointState;
  /** Its own directory. Written, together with the intent, before Flink is asked: it is looked into when Flink has forgotten. */
  readonly directory?: string;
  /** When Flink was about to be asked first. */
  readonly triggeredAt?: Date;
  readonly location?: string;
  /**
   * What orders the snapshots of a Deployment: for a stop and a retained checkpoint when the Job ended, for others when they were asked for. Not when
   * they were found complete: one that was asked for before a stop may be found later.
   */
  readonly stateAt?: Date;
  /** When its checkpoint was first seen, where that may be long before the end of the Job that left it behind. */
  readonly takenAt?: Date;
  readonly failure?: SavepointFailure;
  readonly evidence?: Evidence;
  readonly createdAt: Date;
  readonly modifiedAt: Date;
  /** When it became final. */
  readonly endedAt?: Date;
  /** Its files are being deleted; it is hidden from then on. */
  readonly deletedAt?: Date;
  readonly version: number;
}

/** One that ends its Job. */
export const isStop = ({ origin }: Pick<Savepoint, 'origin'>): boolean => origin === 'SUSPEND' || origin === 'SUSPEND_AND_UPGRADE';

/** Where a Job can start from. */
export type Snapshot = Savepoint & { readonly location: string };

export const isSnapshot = (savepoint: Savepoint): savepoint is Snapshot =>
  savepoint.state === 'COMPLETED' && savepoint.location !== undefined && savepoint.deletedAt === undefined;

/** Chosen by Drey, one for each Savepoint: however often Flink is asked, it is one operation. */
export const triggerId = ({ id }: Pick<Savepoint, 'id'>): string => id.replaceAll('-', '');
