import { expect } from 'chai';
import { describe, it } from 'mocha';
import { viewJob } from '../../src/api/job-schema.ts';
import { after, aJob, aSubmittedJob, DEPLOYMENT_ID, JOB_ID, NOW } from '../support/factories.ts';
import { manifest, testApi } from '../support/api.ts';

describe('API of Jobs', () => {
  it('shows a STARTING one and what it waits for', () => {
    const view = viewJob(aJob({ waitingFor: 'a free submission slot' }));
    expect(view).to.deep.include({
      apiVersion: 'v1',
      kind: 'Job',
      status: {
        state: 'STARTING',
        starting: { waitingFor: 'a free submission slot' },
        due: { command: 'start', at: NOW.toISOString() },
      },
    });
    expect(view.metadata).to.deep.equal({
      id: JOB_ID,
      namespace: 'default',
      createdAt: NOW.toISOString(),
      modifiedAt: NOW.toISOString(),
      deploymentId: DEPLOYMENT_ID,
      deploymentName: 'counting',
      sessionClusterName: 'local',
      annotations: {},
      resourceVersion: 1,
    });
  });
  it('shows a STARTED one with what the last probe saw', () => {
    const { status } = viewJob(
      aSubmittedJob({
        state: 'STARTED',
        startedAt: after(1000),
        observedAt: after(9000),
        flinkWord: 'RESTARTING',
        restarts: 3,
        checkpoints: { completed: 4, failed: 1, lastPath: 'file:/chk-4' },
        checkpointAt: after(8000),
        evidence: { endpoint: 'GET http://flink/jobs/overview', answer: 'RUNNING', at: after(1000), fingerprint: 'jm-1' },
      }),
    );
    expect(status).to.deep.equal({
      state: 'STARTED',
      started: {
        startedAt: after(1000).toISOString(),
        transitionTime: after(1000).toISOString(),
        lastUpdateTime: after(9000).toISOString(),
        flinkJobId: JOB_ID.replaceAll('-', ''),
        observedFlinkJobStatus: 'RESTARTING',
        observedFlinkJobRestarts: 3,
        checkpoints: { completed: 4, failed: 1, lastPath: 'file:/chk-4', lastSeenAt: after(8000).toISOString() },
      },
      evidence: {
        endpoint: 'GET http://flink/jobs/overview',
        answer: 'RUNNING',
        observedAt: after(1000).toISOString(),
        jobManager: 'jm-1',
      },
    });
  });
  it('shows why one FAILED, and when', () => {
    const failure = { reason: 'JobFailed', message: 'division by zero' } as const;
    const failed = viewJob(aSubmittedJob({ state: 'FAILED', failure, terminatedAt: after(5000), startedAt: after(1000) }));
    expect(failed.status)
      .to.have.property('failure')
      .that.deep.equals({ ...failure, failedAt: after(5000).toISOString() });
    expect(failed.metadata).to.have.property('terminatedAt', after(5000).toISOString());
    const ending = viewJob(
      aSubmittedJob({ state: 'FAILED', failure, terminateMode: 'fail', terminatingAt: after(2000), terminatedAt: after(5000) }),
    );
    expect(ending.status).to.have.nested.property('failure.failedAt', after(2000).toISOString());
  });

  it('lists them by Deployment, and each by its id in either case', async () => {
    const api = await testApi();
    await api.send('POST', '/deployments', manifest('one', { state: 'RUNNING' }));
    const two = await api.send('POST', '/deployments', manifest('two', { state: 'RUNNING' }));
    expect((await api.send('GET', '/jobs')).body.items).to.have.length(2);
    const { items } = (await api.send('GET', `/jobs?deploymentId=${two.body.metadata.id.toUpperCase()}`)).body;
    expect(items).to.have.length(1);
    expect(items[0]?.metadata).to.include({ deploymentName: 'two' });
    const one = await api.send('GET', `/jobs/${items[0]!.metadata.id.toUpperCase()}`);
    expect(one.body).to.deep.equal(items[0]);
    expect(one.headers['etag']).to.equal('"1"');
    expect((await api.send('GET', '/jobs?deploymentId=01900000-0000-7000-8000-00000000ffff')).body.items).to.deep.equal([]);
  });

  it('a running Deployment names its Job', async () => {
    const api = await testApi();
    await api.send('POST', '/deployments', manifest('one', { state: 'RUNNING' }));
    const [job] = await api.store.jobs('default', {});
    await api.store.change(job!.deploymentId, (held) => ({
      deployment: { ...held.deployment, state: 'RUNNING', transitionAt: NOW },
      jobs: [{ ...job!, state: 'STARTED', unreachable: 'connect ECONNREFUSED', reachChangedAt: after(7), observedAt: NOW }],
      events: [],
    }));
    const fewRestarts = (type: string, minutes: number) => ({
      type,
      status: 'False',
      reason: 'FewRestarts',
      message: `0 restarts seen in the last ${minutes} minutes`,
      lastTransitionTime: job!.createdAt.toISOString(),
      lastUpdateTime: NOW.toISOString(),
    });
    const conditions = [
      {
        type: 'ClusterUnreachable',
        status: 'True',
        reason: 'ClusterDoesNotAnswer',
        message: 'connect ECONNREFUSED',
        lastTransitionTime: after(7).toISOString(),
        lastUpdateTime: NOW.toISOString(),
      },
      fewRestarts('JobFailing', 10),
      fewRestarts('JobUnstable', 60),
    ];
    const running = { state: 'RUNNING', running: { jobId: job!.id, transitionTime: NOW.toISOString(), conditions } };
    expect((await api.send('GET', '/deployments/one')).body.status).to.deep.equal(running);
    expect((await api.send('GET', '/deployments')).body.items[0]?.status).to.deep.equal(running);
  });
});

describe('API of events', () => {
  it('tells them oldest first, in pages, by Deployment and by Job', async () => {
    const api = await testApi();
    const { body } = await api.send('POST', '/deployments', manifest('one', { state: 'RUNNING' }));
    await api.send('POST', '/deployments', manifest('two', { state: 'RUNNING' }));
    const filter = `deploymentId=${body.metadata.id}`;
    const all = (await api.send('GET', `/events?${filter}`)).body;
    expect(all.metadata).to.deep.equal({});
    expect(all.items.map(({ metadata }) => metadata.resourceVersion)).to.deep.equal([1, 2, 3]);
    expect(all.items.map(({ metadata }) => metadata.name)).to.deep.equal([
      'STATE_TRANSITION_IS_NEEDED',
      'CREATING_A_NEW_JOB',
      'AWAITING_A_JOB_TO_START',
    ]);
    const first = (await api.send('GET', `/events?${filter}&limit=2`)).body;
    expect(first.items).to.have.length(2);
    const rest = (await api.send('GET', `/events?${filter}&limit=2&continue=${first.metadata.continue ?? ''}`)).body;
    expect([...first.items, ...rest.items]).to.deep.equal(all.items);
    expect(rest.metadata).to.deep.equal({});
    const [job] = await api.store.jobs('default', { deploymentId: body.metadata.id });
    expect((await api.send('GET', `/events?jobId=${job!.id}`)).body.items).to.have.length(2);
    expect((await api.send('GET', '/events')).body.items).to.have.length(6);
  });
});
