import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import type { DeploymentState } from '../../src/domain/deployment.ts';
import type { Job } from '../../src/domain/job.ts';
import { manifest, testApi, type TestApi } from '../support/api.ts';
import { cli, listen } from '../support/cli.ts';
import { fakeServer } from '../support/fake-server.ts';

const FAILURE = { reason: 'JobFailed', message: 'division by zero\n\tat Main' } as const;

let api: TestApi;
let server: string;
const setUp = async () => {
  api = await testApi();
  server = await listen(api);
};
const closeApi = () => api.app.close();

const jobNow = async () => (await api.store.jobs('default', {})).at(-1)!;

/** Changes the newest Job and the state of its Deployment, as the workers and the engine would. */
const become = async (job: Partial<Job>, state: DeploymentState) => {
  const before = await jobNow();
  await api.store.change(before.deploymentId, ({ deployment }) => ({
    deployment: { ...deployment, state },
    jobs: [{ ...before, ...job }],
    events: [],
  }));
};

describe('drey start and cancel', () => {
  beforeEach(setUp);
  afterEach(closeApi);

  it('change the desired state', async () => {
    await api.post(manifest('one'));
    expect(await cli(server, 'start one')).to.deep.equal({ code: 0, out: 'deployment/one is going to be RUNNING\n', err: '' });
    expect(await api.store.deployment('default', 'one')).to.have.nested.property('spec.state', 'RUNNING');
    expect(await cli(server, 'cancel deployment/one')).to.include({ out: 'deployment/one is going to be CANCELLED\n' });
    await api.post(manifest('two'));
    expect(await cli(server, 'cancel two')).to.include({ out: 'deployment/two is CANCELLED\n' });
  });

  it('--wait tells each step until the state is reached (0)', async () => {
    await api.post(manifest('one'));
    const onPause = async (count: number) => {
      if (count === 2) await become({ waitingFor: 'all its tasks to run' }, 'TRANSITIONING');
      if (count === 5) await become({ state: 'STARTED', startedAt: new Date() }, 'RUNNING');
    };
    const ended = await cli(server, 'start one --wait', { onPause });
    const { id } = await jobNow();
    expect(ended).to.deep.equal({
      code: 0,
      out: 'deployment/one is RUNNING\n',
      err: [
        `0s  deployment/one is TRANSITIONING; Job ${id} is STARTING\n`,
        `0s  deployment/one is TRANSITIONING; Job ${id} is STARTING, waits for all its tasks to run\n`,
      ].join(''),
    });
  });

  it('--wait rewrites one line on a terminal, and says for how long', async () => {
    await api.post(manifest('one'));
    const onPause = (count: number) => (count === 3 ? become({ state: 'STARTED', startedAt: new Date() }, 'RUNNING') : undefined);
    const { err } = await cli(server, 'start one --wait', { onPause, terminal: true });
    const lines = err.split('\r\x1b[2K').slice(1);
    expect(err).to.not.include('\n');
    expect(lines.map((line) => line.split(' ')[0])).to.deep.equal(['0s', '1s', '2s', '']);
  });

  it('--wait ends with 1 when the Deployment is FAILED, and says why in one line', async () => {
    await api.post(manifest('one'));
    const onPause = () => become({ state: 'FAILED', failure: FAILURE, terminatedAt: new Date() }, 'FAILED');
    const ended = await cli(server, 'start one --wait', { onPause });
    expect(ended).to.include({ code: 1, out: '' });
    const { id } = await jobNow();
    expect(ended.err.split('\n').at(-2)).to.equal(`drey: deployment/one is FAILED; Job ${id}: JobFailed: division by zero at Main`);
  });

  it('--wait ends with 3 on time-out, and 1 when somebody wants another state', async () => {
    await api.post(manifest('one'));
    const late = await cli(server, 'start one --wait --timeout 3s');
    const { id } = await jobNow();
    expect(late.code).to.equal(3);
    expect(late.err.split('\n').at(-2)).to.equal(`drey: not within 3s: deployment/one is TRANSITIONING; Job ${id} is STARTING`);
    const onPause = () => api.patch('one', { spec: { state: 'CANCELLED' } });
    const other = await cli(server, 'start one --wait', { onPause });
    expect(other.code).to.equal(1);
    expect(other.err).to.match(/drey: deployment\/one is wanted CANCELLED by now: somebody else has changed it\n$/);
  });

  it('ends with 1 for a Deployment that rests FAILED, with the advice of the server', async () => {
    await api.post(manifest('one', { state: 'RUNNING' }));
    const { id } = await jobNow();
    await become({ state: 'FAILED', failure: FAILURE, terminatedAt: new Date() }, 'FAILED');
    await api.store.change((await jobNow()).deploymentId, ({ deployment }) => ({
      deployment: { ...deployment, outcome: 'failed' },
      jobs: [],
      events: [],
    }));
    const ended = await cli(server, 'start one');
    expect(ended).to.include({ code: 1, out: '' });
    expect(ended.err).to.match(/^warning: nothing changed, and Deployment one stays FAILED; /);
    expect(ended.err).to.include(`drey: deployment/one stays FAILED; Job ${id}: JobFailed: division by zero at Main\n`);
  });
});

describe('drey wait', () => {
  beforeEach(async () => {
    await setUp();
    await api.post(manifest('one', { state: 'RUNNING' }));
  });
  afterEach(closeApi);

  it('ends with 0 when the state is there', async () => {
    const { id } = await jobNow();
    const onPause = () => become({ state: 'STARTED', startedAt: new Date() }, 'RUNNING');
    expect(await cli(server, `wait job/${id} --for=state=STARTED --timeout 2m`, { onPause })).to.include({
      code: 0,
      out: `job/${id} is STARTED\n`,
    });
    expect(await cli(server, 'wait deployment/one --for=state=running')).to.include({ code: 0, out: 'deployment/one is RUNNING\n' });
  });

  it('ends with 1 at once when the state cannot come any more', async () => {
    const { id } = await jobNow();
    await become({ state: 'TERMINATING', terminateMode: 'cancel', terminatingAt: new Date() }, 'TRANSITIONING');
    expect(await cli(server, `wait job/${id} --for=state=STARTED`)).to.deep.equal({
      code: 1,
      out: '',
      err: `drey: job/${id} is TERMINATING and never becomes STARTED\n`,
    });
    await become({ state: 'FAILED', failure: FAILURE, terminatedAt: new Date() }, 'FAILED');
    expect((await cli(server, `wait job/${id} --for=state=TERMINATED`)).err).to.equal(
      `drey: job/${id} is FAILED and never becomes TERMINATED; Job ${id}: JobFailed: division by zero at Main\n`,
    );
    const { code, err } = await cli(server, 'wait deployment/one --for=state=RUNNING');
    expect([code, err]).to.deep.equal([
      1,
      `drey: deployment/one is FAILED, and stays so until it is changed; Job ${id}: JobFailed: division by zero at Main\n`,
    ]);
  });

  it('ends with 3 on time-out, also while the server cannot be reached, and with 5 when it never was', async () => {
    const { id } = await jobNow();
    const line = `wait job/${id} --for=state=STARTED --timeout 5s`;
    expect((await cli(server, line)).code).to.equal(3);
    const away = await cli(server, line, { onPause: (count) => (count === 2 ? api.app.close() : undefined) });
    expect(away.code).to.equal(3);
    expect(away.err.split('\n').at(-2)).to.match(/^drey: not within 5s: http:.* cannot be reached: /);
    expect((await cli(server, line)).code).to.equal(5);
  });

  it('names what is due next while no Job is active', async () => {
    const metadata = { id: 'x', name: 'one', createdAt: '', resourceVersion: 1 };
    const due = { command: 'deployment', at: '2026-01-01T12:00:00.000Z' };
    const fake = await fakeServer({
      'GET /deployments/one': { body: { metadata, spec: { state: 'RUNNING' }, status: { state: 'TRANSITIONING', due } } },
      'GET /jobs': { body: { items: [] } },
    });
    const { err } = await cli(fake.url, 'wait deployment/one --for=state=RUNNING --timeout 0s');
    await fake.close();
    expect(err).to.equal('drey: not within 0s: deployment/one is TRANSITIONING; deployment is due at 2026-01-01T12:00:00.000Z\n');
  });

  it('refuses what cannot be waited for (2)', async () => {
    const refusals: Record<string, RegExp> = {
      'wait job/x --for=state=STARTD': /^drey: "STARTD" is not a state of jobs; did you mean "STARTED"\?\n$/,
      'wait job/x --for=stat=STARTED': /^drey: "stat" is not something to wait for; did you mean "state"\?\n$/,
      'wait job/x --for=STARTED': /^drey: --for STARTED: write it as --for=state=STARTING\n$/,
      'wait job --for=state=STARTED': /^drey: which job\? write job\/ID\n$/,
      'wait dt/x --for=state=STARTED': /^drey: "dt" is not a kind of resource/,
      'wait job/x --for=state=STARTED --timeout 30': /^drey: .*'30' is invalid\. Write one number with its unit: 90s, 5m, 1h\.\n$/,
      'wait job/x': /^drey: required option '--for <condition>' not specified\n$/,
    };
    for (const [line, message] of Object.entries(refusals)) {
      const ended = await cli(server, line);
      expect(ended, line).to.include({ code: 2, out: '' });
      expect(ended.err).to.match(message);
    }
  });
});
