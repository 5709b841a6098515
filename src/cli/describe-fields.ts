import { isFinal } from '../domain/job.ts';
import type { SqlTable } from '../domain/sql-session.ts';
import { age, humanDuration } from './age.ts';
import type { DeploymentView, EventView, JobView, SavepointView, TargetView } from './wire.ts';

/** A label, what stands behind it, and a state to stand before that, in its colour. */
export type Field = readonly [label: string, value: string, state?: string];

/** Events that tell of a Deployment's own state, as `domain/narration.ts` names them. */
const OF_STATE = [
  'STATE_TRANSITION_IS_NEEDED',
  'STATE_TRANSITION_IS_COMPLETED',
  'TRANSITIONED_TO_FINISHED_STATE',
  'TOO_MANY_FAILED_JOB_CREATION_ATTEMPTS',
];

export function deploymentFields({ metadata, spec, status }: DeploymentView, events: readonly EventView[], now: number): Field[] {
  const told = events.findLast((event) => OF_STATE.includes(event.metadata.name));
  const since = status.running?.transitionTime ?? told?.metadata.createdAt ?? metadata.createdAt;
  const { conditions = [] } = status.running ?? {};
  return [
    ['Deployment', `${metadata.name} (${metadata.id})`],
    ['State', sinceWords(since, now), status.state],
    ['Desired state', spec.state],
    ...failureField(status.failure, now),
    ['Target', spec.deploymentTargetName],
    ['Upgrade', `${spec.upgradeStrategy.kind}, restore ${spec.restoreStrategy.kind}`],
    ['Artifact', artifactWords(spec.template.spec.artifact)],
    ...conditions.map((condition): Field => {
      const { type, lastTransitionTime, reason, message } = condition;
      const why = [reason, message].filter((text) => text !== undefined).join(': ');
      return ['Condition', `${type} ${condition.status}${sinceWords(lastTransitionTime, now)}${why === '' ? '' : `, ${why}`}`];
    }),
    ...dueField(status.due, now),
  ];
}

export function jobFields({ metadata, spec, status }: JobView, now: number): Field[] {
  const { state, started, starting, failure, evidence, due } = status;
  const since = metadata.terminatedAt ?? (state === 'STARTING' ? metadata.createdAt : state === 'STARTED' ? started?.startedAt : undefined);
  const fields: (Field | undefined)[] = [
    [isFinal(state) ? 'Last Job' : 'Active Job', metadata.id],
    ['  State', sinceWords(since, now), state],
    ['  Parallelism', String(spec.parallelism)],
    spec.savepointLocation === undefined ? undefined : ['  Restored from', spec.savepointLocation],
    starting && ['  Waits for', starting.waitingFor],
    started && [
      '  Flink says',
      `, observed ${age(started.lastUpdateTime, now)} ago, job ${started.flinkJobId}`,
      started.observedFlinkJobStatus,
    ],
    started && ['  Restarts', String(started.observedFlinkJobRestarts)],
    started?.checkpoints && ['  Checkpoints', checkpointWords(started.checkpoints, now)],
    ...tableFields('Reads', status.sourceTables),
    ...tableFields('Writes', status.sinkTables),
    ...failureField(failure, now, '  '),
    evidence && ['  Evidence', evidenceWords(evidence, now)],
  ];
  return [...fields.filter((field) => field !== undefined), ...dueField(due, now, '  ')];
}

export function savepointFields({ metadata, spec, status }: SavepointView, now: number): Field[] {
  const { state, failure, completedAt, directory, due } = status;
  const fields: (Field | undefined)[] = [
    ['Savepoint', metadata.id],
    ['State', sinceWords(completedAt ?? failure?.failedAt ?? metadata.createdAt, now), state],
    ['Origin', metadata.origin],
    ['Created', `${age(metadata.createdAt, now)} ago`],
    spec.savepointLocation === undefined ? undefined : ['Location', spec.savepointLocation],
    directory === undefined ? undefined : ['Directory', directory],
    ['Deployment', metadata.deploymentId],
    metadata.jobId === undefined ? undefined : ['Job', metadata.jobId],
    spec.flinkSavepointId === undefined ? undefined : ['In Flink', spec.flinkSavepointId],
  ];
  return [...fields.filter((field) => field !== undefined), ...failureField(failure, now), ...dueField(due, now)];
}

export function targetFields(
  { metadata, spec }: TargetView,
  deployments: readonly DeploymentView[],
  jobs: readonly JobView[],
  now: number,
): Field[] {
  const users = deployments.filter((deployment) => deployment.spec.deploymentTargetName === metadata.name);
  const active = jobs.filter((job) => job.metadata.sessionClusterName === metadata.name && !isFinal(job.status.state));
  const unknown = active.filter((job) => job.status.started?.observedFlinkJobStatus === 'UNKNOWN');
  const looks = active.flatMap(({ status }) => (status.started === undefined ? [] : Date.parse(status.started.lastUpdateTime)));
  return [
    ['Target', `${metadata.name} (${metadata.id})`],
    ['Created', `${age(metadata.createdAt, now)} ago`],
    ...Object.entries(spec).map(([kind, { url } = {}]): Field => [kind, url ?? '']),
    ['Active Jobs', `${active.length}${unknown.length === 0 ? '' : `, of which Flink says nothing of ${unknown.length}`}`],
    ['Observed', looks.length === 0 ? 'no Job has been observed there' : `${humanDuration(now - Math.max(...looks))} ago`],
    ['Deployments', users.length === 0 ? 'none' : ''],
    ...users.map((user): Field => [`  ${user.metadata.name}`, '', user.status.state]),
  ];
}

function artifactWords(artifact: DeploymentView['spec']['template']['spec']['artifact']): string {
  if (artifact.kind !== 'SQLSCRIPT') return artifact.jarUri;
  const lines = artifact.sqlScript.trim().split('\n');
  return lines.length === 1 ? `SQL: ${artifact.sqlScript}` : `a SQL script of ${lines.length} lines`;
}

/** A line a table: its whole name, its columns, and its options. */
const tableFields = (label: string, tables: readonly SqlTable[] = []): Field[] =>
  tables.map(({ catalogName, databaseName, name, temporary, columns, properties }): Field => {
    const options = Object.entries(properties).map(([key, value]) => `${key}=${value}`);
    const shape = columns.map((column) => `${column.name} ${column.type}`).join(', ');
    return [
      `  ${label}`,
      `${[catalogName, databaseName, name].join('.')}${temporary ? ', temporary' : ''} (${shape})${options.length === 0 ? '' : ` with ${options.join(', ')}`}`,
    ];
  });

function failureField(failure: JobView['status']['failure'], now: number, indent = ''): Field[] {
  if (failure === undefined) return [];
  const { reason, message, failedAt } = failure;
  return [[`${indent}Failure`, `${reason}${failedAt === undefined ? '' : ` ${age(failedAt, now)} ago`}: ${message}`]];
}

type Started = NonNullable<JobView['status']['started']>;

function checkpointWords({ completed, failed, lastPath, lastSeenAt }: NonNullable<Started['checkpoints']>, now: number): string {
  const last = lastPath === undefined ? '' : `; last ${lastPath}`;
  return `${completed} completed, ${failed} failed${last}${lastSeenAt === undefined ? '' : `, seen ${age(lastSeenAt, now)} ago`}`;
}

function evidenceWords({ endpoint, answer, observedAt, jobManager }: NonNullable<JobView['status']['evidence']>, now: number): string {
  const who = jobManager === undefined ? '' : `, JobManager ${jobManager}`;
  return `${endpoint === undefined ? '' : `${endpoint} answered `}${answer} (${age(observedAt, now)} ago${who})`;
}

const sinceWords = (time: string | undefined, now: number): string => (time === undefined ? '' : ` for ${age(time, now)} (since ${time})`);

function dueField(due: { readonly command: string; readonly at: string } | undefined, now: number, indent = ''): Field[] {
  if (due === undefined) return [];
  const left = Date.parse(due.at) - now;
  return [[`${indent}Due next`, `${due.command} ${left > 0 ? `in ${humanDuration(left)}` : 'now'} (${due.at})`]];
}
