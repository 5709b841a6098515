import { expect } from 'chai';
import { beforeEach, describe, it } from 'mocha';
import type { Cluster, ListedJob, TargetDriver } from '../../src/ports/targets.ts';
import { DreyError } from '../../src/domain/errors.ts';
import { flinkJobId, type Job } from '../../src/domain/job.ts';
import { memoryStore } from '../support/memory-store.ts';
import { manifest, testApi, type TestApi } from '../support/api.ts';
import { after, aRegime, NOW } from '../support/factories.ts';

describe('API of operations', () => {
  let api: TestApi;
  let alive: ListedJob[];
  let isDown: boolean;
  /** A cluster that lists these jobs, or refuses. */
  const targets: Pick<TargetDriver, 'cluster' | 'sqlGateway'> = {
    sqlGateway: () => expect.fail('no script is checked'),
    cluster: () =>
      ({
        view: () =>
          isDown
            ? Promise.reject(new DreyError('clusterUnreachable', 'GET http://flink/jobs/overview: refused'))
            : Promise.resolve({
                endpoint: 'GET http://flink/jobs/overview',
                fingerprint: 'jm-1',
                highAvailability: false,
                ageMs: () => 0,
                jobs: new Map(alive.map((job) => [job.id, job])),
              }),
      }) as unknown as Cluster,
  };
  beforeEach(async () => {
    alive = [];
    isDown = false;
    api = await testApi(memoryStore(), targets);
  });

  /** A Deployment with a Job that was submitted. */
  const submitted = async (name: string): Promise<Job> => {
    const { body } = await api.post(manifest(name, { state: 'RUNNING' }));
    const [job] = await api.store.jobs('default', { deploymentId: body.metadata.id });
    const begun: Job = { ...job!, submission: 'settled', attempt: 1 };
    await api.store.change(begun.deploymentId, ({ deployment }) => ({ deployment, jobs: [begun], events: [] }));
    return begun;
  };
  const end = (job: Job, terminatedAt: Date) =>
    api.store.change(job.deploymentId, ({ deployment, job: row }) => ({
      deployment,
      jobs: [{ ...row!, state: 'FINISHED', terminatedAt, releasedAt: terminatedAt }],
      events: [],
    }));
  const listed = (id: string): ListedJob => ({ id, word: 'RUNNING', startedAtMs: NOW.getTime(), tasksReady: true });

  it('strays are the jobs that live without a Job: of ours those that ended, and all that are not ours', async () => {
    const [running, ended] = [await submitted('running'), await submitted('ended')];
    await end(ended, NOW);
    const foreign = 'f'.repeat(32);
    alive = [listed(flinkJobId(running)), listed(flinkJobId(ended)), listed(foreign)];
    const { status, body } = await api.send('GET', '/strays');
    expect(status).to.equal(200);
    expect(body.items).to.deep.equal([
      {
        apiVersion: 'v1',
        kind: 'Stray',
        metadata: { id: flinkJobId(ended) },
        spec: { deploymentTargetName: 'local', deploymentId: ended.deploymentId, deploymentName: 'ended', jobId: ended.id },
        status: { flinkState: 'RUNNING', startedAt: NOW.toISOString(), owner: 'DREY' },
      },
      {
        apiVersion: 'v1',
        kind: 'Stray',
        metadata: { id: foreign },
        spec: { deploymentTargetName: 'local' },
        status: { flinkState: 'RUNNING', startedAt: NOW.toISOString(), owner: 'FOREIGN' },
      },
    ]);
  });
  it('strays that Drey made for another namespace on the same cluster are told without their ids', async () => {
    const ended = await submitted('ended');
    await end(ended, NOW);
    alive = [listed(flinkJobId(ended))];
    await api.send('POST', '/namespaces/v1/namespaces', { name: 'namespaces/other' });
    const other = '/api/v1/namespaces/other';
    await api.send('POST', `${other}/deployment-targets`, {
      metadata: { name: 'same' },
      spec: { session: { url: 'http://localhost:8081' } },
    });
    const [stray] = (await api.send('GET', `${other}/strays`)).body.items;
    expect(stray).to.deep.include({
      spec: { deploymentTargetName: 'same' },
      status: { flinkState: 'RUNNING', startedAt: NOW.toISOString(), owner: 'DREY' },
    });
  });
  it('a cluster that does not answer is named, and hides no other', async () => {
    isDown = true;
    expect((await api.send('GET', '/strays')).body).to.deep.include({
      items: [],
      unreachable: [{ deploymentTargetName: 'local', message: 'GET http://flink/jobs/overview: refused' }],
    });
  });

  it('abandons a Job by the word of a user, once, with the reason as evidence', async () => {
    const job = await submitted('lost');
    const { status, body } = await api.send('POST', `/jobs/${job.id}/abandon`, { reason: 'the cluster was taken down' });
    expect([status, body.status.state]).to.deep.equal([200, 'TERMINATED']);
    expect(body.status).to.have.nested.property('evidence.answer', 'abandoned by a user: the cluster was taken down');
    const again = await api.send('POST', `/jobs/${job.id}/abandon`, { reason: 'again' });
    expect([again.status, again.body.message]).to.deep.equal([409, `Job ${job.id} has ended; there is nothing to abandon`]);
    expect((await api.store.flinkIds([flinkJobId(job)]))[0]?.endedAt).to.be.instanceOf(Date);
  });
  it('wants a reason for it', async () => {
    const job = await submitted('lost');
    for (const body of [{}, { reason: '' }, { reason: 1 }, [], { reason: 'x', force: true }]) {
      expect((await api.send('POST', `/jobs/${job.id}/abandon`, body)).status).to.equal(400);
    }
    expect((await api.send('POST', '/jobs/01900000-0000-7000-8000-00000000ffff/abandon', { reason: 'x' })).status).to.equal(404);
  });

  it('the plan of the retention lists exactly what its run deletes', async () => {
    await api.store.declareRegime(aRegime({ retention: { keepJobs: 1, rememberIdsMs: 1000 } }));
    const ended: Job[] = [];
    const first = await submitted('d');
    await end(first, after(0));
    ended.push(first);
    for (const at of [1, 2]) {
      await api.patch('d', { spec: { state: 'CANCELLED' } });
      await api.patch('d', { spec: { state: 'RUNNING' } });
      const [job] = await api.store.jobs('default', { deploymentId: first.deploymentId, active: true });
      await end(job!, after(at * 1000));
      ended.push(job!);
    }
    const plan = (await api.send('GET', '/api/v1/retention/plan')).body as unknown as {
      spec: object;
      status: { jobs: { id: string; reason: string }[] };
    };
    expect(plan.spec).to.deep.equal({ keepJobs: 1, rememberIdsMs: 1000 });
    const planned = plan.status.jobs.map(({ id }) => id);
    expect(planned).to.deep.equal(ended.slice(0, 2).map(({ id }) => id));
    const run = (await api.send('POST', '/api/v1/retention/run')).body as unknown as { status: object };
    expect(run.status).to.deep.equal({ deletedJobs: planned, deletedEvents: 0 });
    expect((await api.store.jobs('default', {})).map(({ id }) => id)).to.deep.equal([ended[2]!.id]);
  });
  it('without limits nothing is planned, and nothing deleted', async () => {
    await api.store.declareRegime(aRegime());
    await end(await submitted('d'), NOW);
    expect((await api.send('GET', '/api/v1/retention/plan')).body.status).to.deep.equal({ jobs: [], events: [] });
    expect((await api.send('POST', '/api/v1/retention/run')).body.status).to.deep.equal({ deletedJobs: [], deletedEvents: 0 });
  });
});
