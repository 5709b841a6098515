import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { manifest, testApi, type TestApi } from '../support/api.ts';
import { aDeploymentAnswer, aJobAnswer, DATE } from '../support/cli-resources.ts';
import { cli, listen } from '../support/cli.ts';
import { fakeServer } from '../support/fake-server.ts';

/** What stands behind a label. */
const behind = (out: string, label: string): string | undefined =>
  out
    .split('\n')
    .map((line) => line.trim())
    .find((line) => line.startsWith(`${label}  `))
    ?.slice(label.length)
    .trim();

describe('drey describe', () => {
  let api: TestApi;
  let server: string;
  beforeEach(async () => {
    api = await testApi();
    server = await listen(api);
    await api.post(manifest('one', { state: 'RUNNING' }, { parallelism: 2 }));
  });
  afterEach(() => api.app.close());

  it('tells of a Deployment what it is, what its Job does, and what happened last', async () => {
    const [job] = await api.store.jobs('default', {});
    const events = Array.from({ length: 20 }, (_, number) => ({ name: 'EXTERNAL', message: `message ${number}` }) as const);
    await api.store.change(job!.deploymentId, ({ deployment }) => ({
      deployment,
      jobs: [{ ...job!, waitingFor: 'all its tasks to run' }],
      events,
    }));
    const { code, out } = await cli(server, 'describe deployment one');
    expect(code).to.equal(0);
    expect(behind(out, 'Deployment')).to.equal(`one (${job!.deploymentId})`);
    expect(behind(out, 'State')).to.match(/^TRANSITIONING for \d+s \(since 2.*Z\)$/);
    expect(behind(out, 'Desired state')).to.equal('RUNNING');
    expect(behind(out, 'Active Job')).to.equal(job!.id);
    expect(behind(out, 'Waits for')).to.equal('all its tasks to run');
    expect(behind(out, 'Parallelism')).to.equal('2');
    expect(out).to.include('Events (the last 10 of 23)');
    expect(out.match(/message \d+/g)).to.deep.equal(events.slice(-10).map(({ message }) => message));
  });

  it('tells of a Job that failed why, and of a target who uses it', async () => {
    const [job] = await api.store.jobs('default', {});
    const target = (await cli(server, 'describe dt/local')).out;
    expect(behind(target, 'session')).to.equal('http://localhost:8081');
    expect(behind(target, 'Active Jobs')).to.equal('1');
    expect(behind(target, 'one')).to.equal('TRANSITIONING');
    const failure = { reason: 'JobFailed', message: 'division by zero' } as const;
    await api.store.change(job!.deploymentId, ({ deployment }) => ({
      deployment,
      jobs: [{ ...job!, state: 'FAILED', failure, terminatedAt: new Date(), startedAt: new Date(), flinkWord: 'FAILED', restarts: 7 }],
      events: [],
    }));
    const { out } = await cli(server, `describe job ${job!.id}`);
    expect(behind(out, 'Last Job')).to.equal(job!.id);
    expect(behind(out, 'Failure')).to.match(/^JobFailed \d+s ago: division by zero$/);
    expect(behind(out, 'Flink says')).to.match(/^FAILED, observed \d+s ago, job [0-9a-f]{32}$/);
    expect(behind(out, 'Restarts')).to.equal('7');
    expect(out).to.include('AWAITING_A_JOB_TO_START');
  });

  it('shows conditions, checkpoints, evidence and what is due next where the server tells them', async () => {
    const at = '2026-01-01T12:00:00.000Z';
    const date = 'Thu, 01 Jan 2026 12:03:12 GMT';
    const condition = { type: 'JobFailing', status: 'True', reason: 'Restarts', message: '4 in 10 minutes', lastTransitionTime: at };
    const deployment = {
      metadata: { id: 'd', name: 'one', createdAt: at, resourceVersion: 1 },
      spec: {
        state: 'RUNNING',
        deploymentTargetName: 'local',
        upgradeStrategy: { kind: 'NONE' },
        restoreStrategy: { kind: 'NONE' },
        template: { spec: { artifact: { jarUri: 'file:///x.jar' } } },
      },
      status: {
        state: 'RUNNING',
        running: { jobId: 'j', transitionTime: at, conditions: [condition] },
        due: { command: 'deployment', at: '2026-01-01T12:03:22.000Z' },
      },
    };
    const started = {
      startedAt: at,
      lastUpdateTime: at,
      flinkJobId: 'f',
      observedFlinkJobStatus: 'UNKNOWN',
      observedFlinkJobRestarts: 4,
      checkpoints: { completed: 12, failed: 1, lastPath: 's3://c/12', lastSeenAt: at },
    };
    const job = {
      metadata: { id: 'j', createdAt: at, resourceVersion: 1 },
      spec: { parallelism: 1 },
      status: {
        state: 'STARTED',
        started,
        evidence: { endpoint: '/jobs/overview', answer: 'connection refused', observedAt: at, jobManager: 'jm-1' },
        due: { command: 'probe', at },
      },
    };
    const fake = await fakeServer({
      'GET /deployments/one': { body: deployment, headers: { date } },
      'GET /jobs': { body: { items: [job] } },
      'GET /events': { body: { items: [] } },
    });
    const { out } = await cli(fake.url, 'describe deployment one');
    await fake.close();
    expect(behind(out, 'State')).to.equal(`RUNNING for 3m12s (since ${at})`);
    expect(behind(out, 'Condition')).to.equal(`JobFailing True for 3m12s (since ${at}), Restarts: 4 in 10 minutes`);
    expect(behind(out, 'Due next')).to.equal('deployment in 10s (2026-01-01T12:03:22.000Z)');
    expect(behind(out, 'Flink says')).to.equal('UNKNOWN, observed 3m12s ago, job f');
    expect(behind(out, 'Checkpoints')).to.equal('12 completed, 1 failed; last s3://c/12, seen 3m12s ago');
    expect(behind(out, 'Evidence')).to.equal('/jobs/overview answered connection refused (3m12s ago, JobManager jm-1)');
    expect(out).to.include(`Due next      probe now (${at})`);
  });

  it('tells of a script what it reads and writes, a line a table', async () => {
    const table = {
      catalogName: 'c',
      databaseName: 'd',
      columns: [
        { name: 'x', type: 'INT' },
        { name: 'y', type: 'STRING NOT NULL' },
      ],
    };
    const status = {
      state: 'STARTED',
      sourceTables: [
        { ...table, name: 'a', temporary: false, properties: { connector: 'datagen', password: '******' } },
        { ...table, name: 'b.2', temporary: true, properties: {} },
      ],
      sinkTables: [{ ...table, name: 'z', temporary: true, columns: [], properties: { connector: 'blackhole' } }],
    };
    const artifact = { kind: 'SQLSCRIPT', sqlScript: 'INSERT INTO z SELECT x, y FROM a' };
    const fake = await fakeServer({
      'GET /deployments/one': { body: aDeploymentAnswer({ template: { spec: { artifact } } }), headers: { date: DATE } },
      'GET /jobs': { body: { items: [aJobAnswer(status)] } },
      'GET /events': { body: { items: [] } },
    });
    const { out } = await cli(fake.url, 'describe deployment one');
    await fake.close();
    expect(behind(out, 'Artifact')).to.equal('SQL: INSERT INTO z SELECT x, y FROM a');
    const lines = out.split('\n').filter((line) => /^ *(Reads|Writes)/.test(line));
    expect(lines.map((line) => line.trim().replace(/ {2,}/, ': '))).to.deep.equal([
      'Reads: c.d.a (x INT, y STRING NOT NULL) with connector=datagen, password=******',
      'Reads: c.d.b.2, temporary (x INT, y STRING NOT NULL)',
      'Writes: c.d.z, temporary () with connector=blackhole',
    ]);
  });

  it('says that there is none (1), or what can be described (2)', async () => {
    expect(await cli(server, 'describe deployment on')).to.include({
      code: 1,
      err: 'drey: there is no Deployment "on"; did you mean "one"?\n',
    });
    expect(await cli(server, 'describe jbo x')).to.include({ code: 2 });
    expect(await cli(server, 'describe events x')).to.include({ code: 2 });
  });
});
