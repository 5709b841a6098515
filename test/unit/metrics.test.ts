import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import type { JobState } from '../../src/domain/job.ts';
import { catalogue, createMetrics, type ExpositionParts } from '../../src/metrics/metrics.ts';
import type { DeploymentSeries, Figures, JobSeries } from '../../src/ports/figures.ts';
import { silent } from '../support/factories.ts';

const aJobSeries = (given: Partial<JobSeries> = {}): JobSeries => ({
  id: '01900000-0000-7000-8000-000000000003',
  namespace: 'default',
  deployment: 'counting',
  target: 'local',
  state: 'STARTED',
  since: 1000.5,
  flinkWord: 'RUNNING',
  observedAt: 1001,
  restarts: 2,
  checkpointsCompleted: undefined,
  checkpointsFailed: undefined,
  lastCheckpointAt: undefined,
  ...given,
});

async function* pagesOf<T>(rows: readonly T[]): AsyncGenerator<T[]> {
  for (const row of rows) yield await Promise.resolve([row]);
}

interface World {
  readonly jobs?: readonly JobSeries[];
  readonly leftOut?: number;
  readonly deployments?: readonly DeploymentSeries[];
  readonly figures?: Partial<Figures>;
  readonly ping?: Partial<ExpositionParts['ping']>;
}

/** Metrics over figures that a test makes up; `nowMs` may be moved. */
function world({ jobs = [], leftOut = 0, deployments = [], figures = {}, ping = {} }: World = {}) {
  const clock = { nowMs: 1_000_000 };
  const asked: (number | string)[] = [];
  const metrics = createMetrics(silent, () => clock.nowMs);
  const answers = () => Promise.resolve();
  const exposition = metrics.exposition({
    figures: {
      jobsByState: () => {
        asked.push('jobsByState');
        return Promise.resolve(new Map<JobState, number>([['STARTED', 3]]));
      },
      jobSeries: (most) => {
        asked.push(most);
        return Promise.resolve({ leftOut, pages: pagesOf(jobs) });
      },
      deploymentSeries: () => Promise.resolve({ leftOut: 0, pages: pagesOf(deployments) }),
      strays: () => Promise.resolve([{ target: 'local', owner: 'foreign', count: 4 }]),
      ...figures,
    },
    queueFigures: {
      commands: () => Promise.resolve([{ kind: 'start', counts: { waiting: 2, active: 1, delayed: 0 }, oldestPendingMs: 1500 }]),
    },
    ping: { database: answers, queue: answers, ...ping },
    version: '1.2.3',
    configHash: 'abc',
    maxJobs: 7,
  });
  const read = async (): Promise<string[]> => {
    let text = '';
    for await (const piece of exposition.read()) text += piece;
    return text.split('\n');
  };
  return { ...metrics, clock, asked, read };
}

const of = (lines: readonly string[], name: string): string[] =>
  lines.filter((line) => line.startsWith(`${name} `) || line.startsWith(`${name}{`));

const LABELS = 'job_id="01900000-0000-7000-8000-000000000003",deployment="counting",namespace="default"';

describe('metrics', () => {
  it('of a Job', async () => {
    const lines = await world({ jobs: [aJobSeries({ checkpointsCompleted: 9, checkpointsFailed: 1, lastCheckpointAt: 1002.25 })] }).read();
    expect(lines.filter((line) => line.startsWith('drey_job_') && line.includes('job_id'))).to.deep.equal([
      `drey_job_info{${LABELS},flink_job_id="01900000000070008000000000000003",target="local"} 1`,
      `drey_job_state{${LABELS},state="STARTED"} 1`,
      `drey_job_flink_state{${LABELS},state="RUNNING"} 1`,
      `drey_job_state_since_timestamp_seconds{${LABELS}} 1000.5`,
      `drey_job_last_observed_timestamp_seconds{${LABELS}} 1001`,
      `drey_job_restarts_total{${LABELS}} 2`,
      `drey_job_last_checkpoint_timestamp_seconds{${LABELS}} 1002.25`,
      `drey_job_checkpoints_total{${LABELS},result="completed"} 9`,
      `drey_job_checkpoints_total{${LABELS},result="failed"} 1`,
    ]);
  });
  it('leave out what is not known of a Job', async () => {
    const lines = await world({ jobs: [aJobSeries({ flinkWord: undefined })] }).read();
    expect(lines.filter((line) => /^drey_job_(flink_state|last_checkpoint|checkpoints)\w*\{/.test(line))).to.deep.equal([]);
  });
  it('of a Deployment: 1 for the state it is in, 0 for the others', async () => {
    const lines = await world({
      deployments: [{ namespace: 'n', deployment: 'd', state: 'FAILED', desired: 'RUNNING' }],
    }).read();
    expect(of(lines, 'drey_deployment_state')).to.have.length(6);
    expect(of(lines, 'drey_deployment_state')).to.include('drey_deployment_state{deployment="d",namespace="n",state="FAILED"} 1');
    expect(of(lines, 'drey_deployment_desired')).to.deep.equal([
      'drey_deployment_desired{deployment="d",namespace="n",state="RUNNING"} 1',
      'drey_deployment_desired{deployment="d",namespace="n",state="SUSPENDED"} 0',
      'drey_deployment_desired{deployment="d",namespace="n",state="CANCELLED"} 0',
    ]);
  });
  it('escape what would end a label', async () => {
    const lines = await world({ jobs: [aJobSeries({ deployment: 'a"b\\c\nd', target: '}' })] }).read();
    expect(of(lines, 'drey_job_state')[0]).to.include(String.raw`deployment="a\"b\\c\nd",`);
    expect(of(lines, 'drey_job_info')[0]).to.include('target="}"} 1');
  });
  it('have each name once, with its series right after its HELP and TYPE', async () => {
    const jobs = Array.from({ length: 600 }, (_, i) => aJobSeries({ id: `job-${i}` }));
    const lines = await world({ jobs }).read();
    const types = lines.flatMap((line) => /^# TYPE (\S+)/.exec(line)?.[1] ?? []);
    expect(new Set(types).size).to.equal(types.length);
    let current = '';
    for (const line of lines.filter((each) => each !== '')) {
      current = /^# HELP (\S+)/.exec(line)?.[1] ?? current;
      expect(line.replace(/^# TYPE /, '')).to.match(new RegExp(`^(# HELP )?${current}(_bucket|_sum|_count)?[{ ]`));
    }
    expect(of(lines, 'drey_job_state')).to.have.length(600);
  });
  it('say how many Jobs the cap left out', async () => {
    const { read, asked } = world({ jobs: [aJobSeries()], leftOut: 12 });
    expect(of(await read(), 'drey_series_left_out')).to.deep.equal([
      'drey_series_left_out{kind="jobs"} 12',
      'drey_series_left_out{kind="deployments"} 0',
    ]);
    expect(asked).to.include(7);
  });
  it('have every state, kind and outcome from the start', async () => {
    const lines = await world().read();
    expect(of(lines, 'drey_jobs')).to.have.length(6);
    expect(of(lines, 'drey_jobs')).to.include('drey_jobs{state="STARTED"} 3').and.to.include('drey_jobs{state="FAILED"} 0');
    expect(of(lines, 'drey_job_transitions_total')).to.include('drey_job_transitions_total{from="STARTING",to="STARTED"} 0');
    expect(of(lines, 'drey_job_transitions_total')).to.have.length(13);
    expect(of(lines, 'drey_commands_total')).to.include('drey_commands_total{kind="sweep",outcome="failed"} 0');
    expect(of(lines, 'drey_retention_deleted_total')).to.have.length(4);
  });
  it('count what the listener is told', async () => {
    const { listener, read } = world();
    listener.jobMoved('NONE', 'STARTING', 0);
    listener.jobMoved('STARTING', 'STARTED', 1500);
    listener.staleWrite();
    listener.commandEnded('start', 'snoozed', 20);
    listener.requeued('start', 3);
    listener.swept(100, 20);
    listener.observed([10, 20, 30]);
    listener.flinkAsked('local', 'GET /jobs/:id', '404', 12);
    listener.breakerMoved('local', 'open');
    listener.targetLooked('local', false);
    listener.strayCancelled();
    listener.deleted('events', 5);
    listener.cleaned('events', 6);
    expect(await read()).to.include.members([
      'drey_job_transitions_total{from="NONE",to="STARTING"} 1',
      'drey_job_transition_duration_seconds_sum{transition="STARTING_TO_STARTED"} 1.5',
      'drey_stale_writes_total 1',
      'drey_commands_total{kind="start",outcome="snoozed"} 1',
      'drey_command_duration_seconds_sum{kind="start"} 0.02',
      'drey_requeued_total{kind="start"} 3',
      'drey_sweep_duration_seconds_sum 0.1',
      'drey_sweep_lag_seconds_sum 0.02',
      'drey_probe_age_seconds_count 3',
      'drey_flink_request_duration_seconds_count{target="local",endpoint="GET /jobs/:id",code="404"} 1',
      'drey_target_breaker_state{target="local",state="open"} 1',
      'drey_target_breaker_state{target="local",state="closed"} 0',
      'drey_flink_target_up{target="local"} 0',
      'drey_strays_cancelled_total 1',
      'drey_retention_deleted_total{kind="events"} 5',
      'drey_retention_pending{kind="events"} 6',
      'drey_retention_last_success_timestamp_seconds{kind="events"} 1000',
    ]);
  });
  it('are no trouble to who tells them nonsense', () => {
    expect(() => world().listener.swept(Number.NaN, 0)).not.to.throw();
  });
  it('read the queue and the database', async () => {
    expect(await world().read()).to.include.members([
      'drey_queue_commands{kind="start",state="waiting"} 2',
      'drey_command_oldest_pending_seconds{kind="start"} 1.5',
      'drey_strays{target="local",owner="foreign"} 4',
      'drey_config_info{hash="abc"} 1',
      'drey_dependency_up{dependency="database"} 1',
    ]);
  });
  it('forget a target that nobody looks at any more', async () => {
    const { listener, read, clock } = world();
    listener.targetLooked('local', false);
    clock.nowMs += 11 * 60_000;
    expect(of(await read(), 'drey_flink_target_up')).to.deep.equal([]);
  });
  it('ask for a count once in a few seconds, and once for all who ask together', async () => {
    const { read, asked, clock } = world();
    await Promise.all([read(), read(), read()]);
    await read();
    expect(asked.filter((what) => what === 'jobsByState')).to.have.length(1);
    clock.nowMs += 10_000;
    await read();
    expect(asked.filter((what) => what === 'jobsByState')).to.have.length(2);
  });

  const away: [string, () => Promise<void>][] = [
    ['refuses', () => Promise.reject(new Error('connection refused'))],
    ['does not answer', () => new Promise(() => undefined)],
  ];
  for (const [how, ping] of away) {
    it(`leave out what is read from a database that ${how}, and nothing else`, async () => {
      const lines = await world({ jobs: [aJobSeries()], ping: { database: ping } }).read();
      expect(lines).to.include('drey_dependency_up{dependency="database"} 0');
      for (const name of ['drey_jobs', 'drey_job_state', 'drey_series_left_out', 'drey_strays']) expect(of(lines, name)).to.deep.equal([]);
      expect(of(lines, 'drey_queue_commands')).to.have.length(3);
    });
  }
  it('leave out a metric whose reading fails, and nothing else', async () => {
    const broken = async function* (): AsyncGenerator<JobSeries[]> {
      yield await Promise.resolve([aJobSeries()]);
      throw new Error('gone half way');
    };
    const figures: Partial<Figures> = {
      jobSeries: () => Promise.resolve({ leftOut: 0, pages: broken() }),
      strays: () => Promise.reject(new Error('no')),
    };
    const lines = await world({ figures }).read();
    expect(of(lines, 'drey_job_info').concat(of(lines, 'drey_strays'))).to.deep.equal([]);
    expect(of(lines, 'drey_jobs')).to.have.length(6);
    expect(of(lines, 'drey_series_left_out')).to.deep.equal(['drey_series_left_out{kind="deployments"} 0']);
  });

  it('are those of docs/metrics.md', () => {
    const text = readFileSync(new URL('../../docs/metrics.md', import.meta.url), 'utf8');
    const rows = text.split('\n').flatMap((line) => {
      const [name, type, labels, help] = line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim().replaceAll('`', ''));
      return name?.startsWith('drey_') === true ? [[name, type, labels, help]] : [];
    });
    const ours = catalogue().map(({ name, type, labels, help }) => [name, type, labels.join(', '), help]);
    expect(rows.toSorted()).to.deep.equal(ours.toSorted());
  });
});
