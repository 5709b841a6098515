import { expect } from 'chai';
import { beforeEach, describe, it } from 'mocha';
import { flinkJobId } from '../../src/domain/job.ts';
import { manifest, testApi, type TestApi } from '../support/api.ts';

describe('API of Deployments', () => {
  let api: TestApi;
  beforeEach(async () => {
    api = await testApi();
  });

  it("creates one with VVP's defaults, and shows it under its name and its id", async () => {
    const created = await api.post(manifest('counting'));
    expect(created.status).to.equal(201);
    const target = await api.store.target('default', 'local');
    expect(created.body.spec).to.deep.equal({
      state: 'CANCELLED',
      upgradeStrategy: { kind: 'STATEFUL' },
      restoreStrategy: { kind: 'LATEST_STATE', allowNonRestoredState: false },
      deploymentTargetId: target?.id,
      deploymentTargetName: 'local',
      maxJobCreationAttempts: 4,
      maxSavepointCreationAttempts: 4,
      jobFailureExpirationTime: '1h',
      template: { spec: { artifact: { kind: 'JAR', jarUri: 'file:///jobs/counting.jar' }, parallelism: 1 } },
    });
    expect(created.body).to.include({ apiVersion: 'v1', kind: 'Deployment' });
    expect(created.body.status).to.deep.equal({ state: 'CANCELLED' });
    expect(created.headers['etag']).to.equal(`"${created.body.metadata.resourceVersion}"`);
    for (const path of ['counting', created.body.metadata.id, created.body.metadata.id.toUpperCase()]) {
      expect((await api.send('GET', `/deployments/${path}`)).body).to.deep.equal(created.body);
    }
    const list = await api.send('GET', '/deployments');
    expect(list.body).to.deep.equal({ apiVersion: 'v1', kind: 'DeploymentList', metadata: {}, items: [created.body] });
  });

  it('takes YAML and gives YAML', async () => {
    const yaml = `
kind: Deployment
metadata: {name: counting}
spec:
  state: running
  deploymentTargetName: local
  template:
    spec:
      artifact: {kind: jar, jarUri: file:///jobs/counting.jar}
      flinkConfiguration: {taskmanager.numberOfTaskSlots: 2, a.b: true, c: text}
`;
    const created = await api.post(yaml, { 'content-type': 'text/yaml', accept: 'application/yaml' });
    expect(created.status).to.equal(201);
    expect(created.headers['content-type']).to.match(/^application\/yaml/);
    expect(created.text)
      .to.match(/^apiVersion: v1\nkind: Deployment\nmetadata:\n {2}id: /)
      .and.to.match(/\n {2}state: RUNNING\n/);
    const { body } = await api.send('GET', '/deployments/counting');
    expect(body.spec.template.spec.flinkConfiguration).to.deep.equal({ 'taskmanager.numberOfTaskSlots': '2', 'a.b': 'true', c: 'text' });
  });

  it('takes whole objects back, as VVP and Go clients send them, and changes nothing', async () => {
    const { body } = await api.post(manifest('counting', { state: 'RUNNING' }));
    const back = {
      ...body,
      metadata: {
        ...body.metadata,
        id: 'anything',
        createdAt: '0001-01-01T00:00:00Z',
        modifiedAt: null,
        terminatedAt: '',
        displayName: '',
      },
      spec: { ...body.spec, sessionClusterName: '', upgradeStrategy: {}, maxSavepointCreationAttempts: null },
      status: { state: 'SUSPENDED', whatever: {} },
    };
    const put = await api.send('PUT', '/deployments/counting', back);
    expect([put.status, put.body]).to.deep.equal([200, body]);
    const patched = await api.patch(body.metadata.id, back);
    expect([patched.status, patched.body]).to.deep.equal([200, body]);
  });

  it('starts a Job when RUNNING is wanted', async () => {
    await api.post(manifest('counting', { state: 'RUNNING' }));
    const [job] = await api.store.jobs('default', {});
    expect(job).to.include({ state: 'STARTING', deploymentName: 'counting' });
    expect(api.woken).to.deep.include({ kind: 'start', id: job?.id });
    expect(job?.spec.flinkConfiguration['$internal.pipeline.job-id']).to.equal(flinkJobId(job!));
  });

  it('DELETE answers with what was deleted, and refuses while it is wanted', async () => {
    const { body } = await api.post(manifest('counting', { state: 'RUNNING' }));
    expect((await api.send('DELETE', '/deployments/counting')).body).to.include({ statusCode: 409, reason: 'conflict' });
    await api.patch('counting', { spec: { state: 'CANCELLED' } });
    const [job] = await api.store.jobs('default', {});
    await api.engine.jobs.decideByDeadline(job!);
    const deleted = await api.send('DELETE', '/deployments/counting');
    expect([deleted.status, deleted.body.metadata.id]).to.deep.equal([200, body.metadata.id]);
    for (const path of ['/deployments/counting', `/deployments/${body.metadata.id}`, `/jobs/${job!.id}`])
      expect((await api.send('GET', path)).status).to.equal(404);
    expect((await api.post(manifest('counting'))).status).to.equal(201);
  });

  it('tells once what is kept and has no effect, in a Warning and an event', async () => {
    const created = await api.post(
      manifest('counting', {}, { numberOfTaskManagers: 2, resources: { jobmanager: { cpu: 1 } }, kubernetes: {} }),
    );
    const first =
      'kept, and without effect on target local (a session cluster): spec.template.spec.numberOfTaskManagers, spec.template.spec.resources';
    expect(created.headers['warning']).to.equal(`299 - "${first}"`);
    expect(created.body.spec.template.spec).to.deep.include({ numberOfTaskManagers: 2, resources: { jobmanager: { cpu: 1 } } });
    expect((await api.patch('counting', { spec: { maxJobCreationAttempts: 5 } })).headers['warning']).to.equal(undefined);
    const changed = await api.patch('counting', { spec: { template: { spec: { resources: { jobmanager: { cpu: 2 } } } } } });
    expect(changed.headers['warning']).to.equal(
      '299 - "kept, and without effect on target local (a session cluster): spec.template.spec.resources"',
    );
    const events = await api.send('GET', '/events');
    expect(events.body.items.filter(({ metadata }) => metadata.name === 'EXTERNAL').map(({ spec }) => spec.message)).to.deep.equal([
      first,
      'kept, and without effect on target local (a session cluster): spec.template.spec.resources',
    ]);
  });
});
