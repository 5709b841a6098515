import { setImmediate as turn } from 'node:timers/promises';
import { DEPLOYMENT_STATES, DESIRED_STATES } from '../domain/deployment.ts';
import { flinkJobId } from '../domain/job.ts';
import type { DeploymentSeries, JobSeries, Series } from '../ports/figures.ts';
import { headText, labelsText, sampleText, type Descriptor } from './text.ts';

// INVARIANTS
// 1. The rows are held, narrow, for the length of one scrape; their text, some ten times larger, only piece by piece as the reader takes it.
// 2. All rows are there before the first byte of them is written: a database that goes away half way leaves no half of a metric.

/** A metric with series of its own for each row. */
export interface RowFamily<Row> extends Descriptor {
  /** Each of a row's series: the labels besides the row's own, as text, and the value. */
  readonly series: (row: Row) => readonly (readonly [labels: string, value: number])[];
}

const JOB = ['job_id', 'deployment', 'namespace'];

const jobLabels = ({ id, deployment, namespace }: JobSeries): string => labelsText({ job_id: id, deployment, namespace });

const known = (value: number | undefined): [string, number][] => (value === undefined ? [] : [['', value]]);

export const JOB_FAMILIES: readonly RowFamily<JobSeries>[] = [
  {
    name: 'drey_job_info',
    help: 'Always 1: the id of a Job in Flink and its target, for joins.',
    type: 'gauge',
    labels: [...JOB, 'flink_job_id', 'target'],
    series: (job) => [[labelsText({ flink_job_id: flinkJobId(job), target: job.target }), 1]],
  },
  {
    name: 'drey_job_state',
    help: 'Always 1: the state of a Job as a label.',
    type: 'gauge',
    labels: [...JOB, 'state'],
    series: ({ state }) => [[`state="${state}"`, 1]],
  },
  {
    name: 'drey_job_flink_state',
    help: "Always 1: Flink's last word for the state of a Job as a label, or UNKNOWN; none before it was seen.",
    type: 'gauge',
    labels: [...JOB, 'state'],
    series: ({ flinkWord }) => (flinkWord === undefined ? [] : [[`state="${flinkWord}"`, 1]]),
  },
  {
    name: 'drey_job_state_since_timestamp_seconds',
    help: 'When a Job came to the state it is in.',
    type: 'gauge',
    labels: JOB,
    series: ({ since }) => known(since),
  },
  {
    name: 'drey_job_last_observed_timestamp_seconds',
    help: 'When the observation began that the status of a Job speaks of.',
    type: 'gauge',
    labels: JOB,
    series: ({ observedAt }) => known(observedAt),
  },
  {
    name: 'drey_job_restarts_total',
    help: 'Restarts of a Job by Flink: a lower bound, across fail-overs of the JobManager.',
    type: 'counter',
    labels: JOB,
    series: ({ restarts }) => known(restarts),
  },
  {
    name: 'drey_job_last_checkpoint_timestamp_seconds',
    help: 'When the newest completed checkpoint of a Job was first seen; none before the first.',
    type: 'gauge',
    labels: JOB,
    series: ({ lastCheckpointAt }) => known(lastCheckpointAt),
  },
  {
    name: 'drey_job_checkpoints_total',
    help: 'Checkpoints of a Job by how they ended; none before Flink has told.',
    type: 'counter',
    labels: [...JOB, 'result'],
    series: ({ checkpointsCompleted, checkpointsFailed }) => [
      ...known(checkpointsCompleted).map(([, value]) => ['result="completed"', value] as const),
      ...known(checkpointsFailed).map(([, value]) => ['result="failed"', value] as const),
    ],
  },
];

const DEPLOYMENT = ['deployment', 'namespace'];

const deploymentLabels = ({ deployment, namespace }: DeploymentSeries): string => labelsText({ deployment, namespace });

const oneOf = (states: readonly string[], is: string): [string, number][] =>
  states.map((state) => [`state="${state}"`, state === is ? 1 : 0]);

export const DEPLOYMENT_FAMILIES: readonly RowFamily<DeploymentSeries>[] = [
  {
    name: 'drey_deployment_state',
    help: '1 for the state that a Deployment is in, 0 for the others.',
    type: 'gauge',
    labels: [...DEPLOYMENT, 'state'],
    series: ({ state }) => oneOf(DEPLOYMENT_STATES, state),
  },
  {
    name: 'drey_deployment_desired',
    help: '1 for the state that a Deployment is wanted in, 0 for the others.',
    type: 'gauge',
    labels: [...DEPLOYMENT, 'state'],
    series: ({ desired }) => oneOf(DESIRED_STATES, desired),
  },
];

/** A row with its own labels as text, which all of its series share. */
export interface Labelled<Row> {
  readonly labels: string;
  readonly row: Row;
}

export interface LabelledRows<Row> {
  readonly rows: readonly Labelled<Row>[];
  readonly leftOut: number;
}

export const labelledJobs = (series: Promise<Series<JobSeries>>) => labelled(series, jobLabels);
export const labelledDeployments = (series: Promise<Series<DeploymentSeries>>) => labelled(series, deploymentLabels);

async function labelled<Row>(series: Promise<Series<Row>>, labelsOf: (row: Row) => string): Promise<LabelledRows<Row>> {
  const { leftOut, pages } = await series;
  const rows: Labelled<Row>[] = [];
  for await (const page of pages) {
    for (const row of page) rows.push({ labels: labelsOf(row), row });
  }
  return { rows, leftOut };
}

/** Rows whose text is made at once. */
const PIECE = 250;

/** The text of all families, one after the other. Between two pieces the rest of the process has its turn. */
export async function* rowFamiliesText<Row>(
  families: readonly RowFamily<Row>[],
  rows: readonly Labelled<Row>[],
): AsyncGenerator<string, void, undefined> {
  for (const family of families) {
    yield headText(family);
    for (let from = 0; from < rows.length; from += PIECE) {
      let text = '';
      for (const { labels, row } of rows.slice(from, from + PIECE)) {
        for (const [own, value] of family.series(row)) {
          text += sampleText(family.name, own === '' ? labels : `${labels},${own}`, value);
        }
      }
      yield text;
      await turn();
    }
  }
}
