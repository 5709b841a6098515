import { dueOf } from '../domain/due.ts';
import {
  isFinal,
  type Evidence,
  type FlinkWord,
  type Job,
  type JobFailure,
  type JobRecord,
  type JobSpec,
  type JobState,
  type Submission,
  type TerminateMode,
} from '../domain/job.ts';
import type { RestartHistory } from '../domain/restarts.ts';
import type { SqlSession, SqlTables } from '../domain/sql-session.ts';
import { activeFlag, clipped, clippedOrNull, dated, fromBinary, fromJson, given, LONGEST_TEXT, toBinary, type Dated } from './columns.ts';

export interface JobRow {
  id: Buffer;
  namespace: string;
  deployment_id: Buffer;
  deployment_name: string;
  target_id: Buffer;
  annotations: string;
  spec: string;
  spec_hash: string;
  template_hash: string;
  created_at: Date;
  modified_at: Date;
  state: JobState;
  transition_at: Date | null;
  active: 1 | null;
  terminate_mode: TerminateMode | null;
  terminating_at: Date | null;
  start_deadline_at: Date;
  stop_id: Buffer | null;
  submission: Submission;
  attempt: number;
  fingerprint: string | null;
  submission_open_until: Date | null;
  artifact_sha256: string | null;
  sql_session: string | null;
  sql_tables: string | null;
  waiting_for: string | null;
  started_at: Date | null;
  flink_word: FlinkWord | 'UNKNOWN' | null;
  flink_started_at_ms: number | null;
  restarts: number;
  restart_base: number;
  restart_history: string | null;
  checkpoints_completed: number | null;
  checkpoints_failed: number | null;
  checkpoint_path: string | null;
  checkpoint_at: Date | null;
  unreachable: string | null;
  reach_changed_at: Date | null;
  missing_fingerprint: string | null;
  missing_since: Date | null;
  observed_at: Date;
  failure: string | null;
  evidence: string | null;
  set_aside: string | null;
  terminated_at: Date | null;
  released_at: Date | null;
  due_at: Date | null;
  version: number;
}

/** Of a path; a longer one is not kept whole, and so is of no use. */
const LONGEST_PATH = 1000;

/** Written at creation and never again: no UPDATE names them. */
export const immutableColumns = (job: Job) => ({
  id: toBinary(job.id),
  namespace: job.namespace,
  deployment_id: toBinary(job.deploymentId),
  deployment_name: job.deploymentName,
  target_id: toBinary(job.targetId),
  annotations: JSON.stringify(job.annotations),
  spec: JSON.stringify(job.spec),
  spec_hash: job.specHash,
  template_hash: job.templateHash,
  created_at: job.createdAt,
});

export const mutableColumns = (job: Job) => ({
  modified_at: job.modifiedAt,
  state: job.state,
  transition_at: job.transitionAt,
  active: activeFlag(!isFinal(job.state)),
  terminate_mode: job.terminateMode ?? null,
  terminating_at: job.terminatingAt ?? null,
  start_deadline_at: job.startDeadlineAt,
  stop_id: job.stopId === undefined ? null : toBinary(job.stopId),
  submission: job.submission,
  attempt: job.attempt,
  fingerprint: job.fingerprint ?? null,
  submission_open_until: job.submissionOpenUntil ?? null,
  artifact_sha256: job.artifactSha256 ?? null,
  sql_session: job.sql === undefined ? null : JSON.stringify(job.sql),
  sql_tables: job.tables === undefined ? null : JSON.stringify(job.tables),
  waiting_for: clippedOrNull(job.waitingFor, LONGEST_TEXT),
  started_at: job.startedAt ?? null,
  flink_word: job.flinkWord ?? null,
  flink_started_at_ms: job.flinkStartedAtMs ?? null,
  restarts: job.restarts,
  restart_base: job.restartBase,
  restart_history: job.restartHistory === undefined ? null : JSON.stringify(job.restartHistory),
  checkpoints_completed: job.checkpoints?.completed ?? null,
  checkpoints_failed: job.checkpoints?.failed ?? null,
  checkpoint_path: clippedOrNull(job.checkpoints?.lastPath, LONGEST_PATH),
  checkpoint_at: job.checkpointAt ?? null,
  unreachable: clippedOrNull(job.unreachable, LONGEST_TEXT),
  reach_changed_at: job.reachChangedAt,
  missing_fingerprint: job.missing?.fingerprint ?? null,
  missing_since: job.missing?.since ?? null,
  observed_at: job.observedAt,
  failure: job.failure === undefined ? null : JSON.stringify({ ...job.failure, message: clipped(job.failure.message, LONGEST_TEXT) }),
  evidence: job.evidence === undefined ? null : JSON.stringify({ ...job.evidence, answer: clipped(job.evidence.answer, LONGEST_TEXT) }),
  set_aside: job.setAside === undefined ? null : JSON.stringify({ ...job.setAside, reason: clipped(job.setAside.reason, LONGEST_TEXT) }),
  terminated_at: job.terminatedAt ?? null,
  released_at: job.releasedAt ?? null,
  due_at: dueOf(job)?.at ?? null,
  version: job.version,
});

/** Its times are text in the column. */
export interface StoredHistory {
  readonly samples: readonly { readonly at: string; readonly restarts: number }[];
  readonly turnedAt: Readonly<Record<string, string>>;
}

export function toHistory({ samples, turnedAt }: StoredHistory): RestartHistory {
  const turned = Object.entries(turnedAt).map(([condition, at]) => [condition, new Date(at)]);
  return { samples: samples.map(dated), turnedAt: Object.fromEntries(turned) as RestartHistory['turnedAt'] };
}

export const toJob = (row: JobRow): Job => ({
  ...toJobRecord(row),
  annotations: fromJson<Record<string, string>>(row.annotations),
  spec: fromJson<JobSpec>(row.spec),
  ...(row.sql_tables === null ? {} : { tables: fromJson<SqlTables>(row.sql_tables) }),
});

/** The columns of a JobRecord: all but those that hold much and are needed seldom. */
export const RECORD_COLUMNS = [
  'id',
  'namespace',
  'deployment_id',
  'deployment_name',
  'target_id',
  'spec_hash',
  'template_hash',
  'created_at',
  'modified_at',
  'state',
  'transition_at',
  'terminate_mode',
  'terminating_at',
  'start_deadline_at',
  'stop_id',
  'submission',
  'attempt',
  'fingerprint',
  'submission_open_until',
  'artifact_sha256',
  'sql_session',
  'waiting_for',
  'started_at',
  'flink_word',
  'flink_started_at_ms',
  'restarts',
  'restart_base',
  'restart_history',
  'checkpoints_completed',
  'checkpoints_failed',
  'checkpoint_path',
  'checkpoint_at',
  'unreachable',
  'reach_changed_at',
  'missing_fingerprint',
  'missing_since',
  'observed_at',
  'failure',
  'evidence',
  'set_aside',
  'terminated_at',
  'released_at',
  'version',
] as const satisfies readonly (keyof JobRow)[];

export const toJobRecord = (row: Pick<JobRow, (typeof RECORD_COLUMNS)[number]>): JobRecord => ({
  id: fromBinary(row.id),
  namespace: row.namespace,
  deploymentId: fromBinary(row.deployment_id),
  deploymentName: row.deployment_name,
  targetId: fromBinary(row.target_id),
  specHash: row.spec_hash,
  templateHash: row.template_hash,
  createdAt: row.created_at,
  modifiedAt: row.modified_at,
  state: row.state,
  transitionAt: row.transition_at ?? row.modified_at,
  ...given('terminateMode', row.terminate_mode),
  ...given('terminatingAt', row.terminating_at),
  startDeadlineAt: row.start_deadline_at,
  ...given('stopId', row.stop_id === null ? null : fromBinary(row.stop_id)),
  submission: row.submission,
  attempt: row.attempt,
  ...given('fingerprint', row.fingerprint),
  ...given('submissionOpenUntil', row.submission_open_until),
  ...given('artifactSha256', row.artifact_sha256),
  ...(row.sql_session === null ? {} : { sql: fromJson<SqlSession>(row.sql_session) }),
  ...given('waitingFor', row.waiting_for),
  ...given('startedAt', row.started_at),
  ...given('flinkWord', row.flink_word),
  ...given('flinkStartedAtMs', row.flink_started_at_ms),
  restarts: row.restarts,
  restartBase: row.restart_base,
  ...(row.restart_history === null ? {} : { restartHistory: toHistory(fromJson<StoredHistory>(row.restart_history)) }),
  ...(row.checkpoints_completed === null
    ? {}
    : {
        checkpoints: {
          completed: row.checkpoints_completed,
          failed: row.checkpoints_failed ?? 0,
          ...given('lastPath', row.checkpoint_path),
        },
      }),
  ...given('checkpointAt', row.checkpoint_at),
  ...given('unreachable', row.unreachable),
  reachChangedAt: row.reach_changed_at ?? row.started_at ?? row.created_at,
  ...(row.missing_fingerprint === null || row.missing_since === null
    ? {}
    : { missing: { fingerprint: row.missing_fingerprint, since: row.missing_since } }),
  observedAt: row.observed_at,
  ...(row.failure === null ? {} : { failure: fromJson<JobFailure>(row.failure) }),
  ...(row.evidence === null ? {} : { evidence: dated(fromJson<Dated<Evidence>>(row.evidence)) }),
  ...(row.set_aside === null ? {} : { setAside: dated(fromJson<Dated<NonNullable<Job['setAside']>>>(row.set_aside)) }),
  ...given('terminatedAt', row.terminated_at),
  ...given('releasedAt', row.released_at),
  version: row.version,
});
