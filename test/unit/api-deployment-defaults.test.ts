import { expect } from 'chai';
import { beforeEach, describe, it } from 'mocha';
import { manifest, testApi, type TestApi } from '../support/api.ts';
import { memoryStore } from '../support/memory-store.ts';

const OF_ALL = {
  upgradeStrategy: { kind: 'NONE' },
  template: { spec: { parallelism: 7, flinkConfiguration: { a: 'all', b: 'all', c: 'all' } } },
};
const OF_NAMESPACE = { deploymentTargetName: 'local', template: { spec: { flinkConfiguration: { b: 'namespace', c: 'namespace' } } } };

describe('API of DeploymentDefaults', () => {
  let api: TestApi;
  beforeEach(async () => {
    api = await testApi(memoryStore(), undefined, { globalDefaults: OF_ALL });
  });
  const put = (spec: object) => api.send('PUT', '/deployment-defaults', { kind: 'DeploymentDefaults', spec });
  const own = () => ({ metadata: { name: 'one' }, spec: { template: { spec: { artifact: ARTIFACT, flinkConfiguration: { c: 'own' } } } } });
  const ARTIFACT = { kind: 'JAR', jarUri: 'file:///jobs/counting.jar' };

  it('are there from the beginning, empty, and are written under a version', async () => {
    const first = await api.send('GET', '/deployment-defaults');
    expect([first.status, first.body.kind, first.body.metadata.resourceVersion, first.body.spec]).to.deep.equal([
      200,
      'DeploymentDefaults',
      0,
      {},
    ]);
    const created = await put(OF_NAMESPACE);
    expect([created.status, created.body.metadata.resourceVersion, created.body.spec]).to.deep.equal([201, 1, OF_NAMESPACE]);
    expect((await put(OF_NAMESPACE)).body).to.deep.equal(created.body);
    const patched = await api.send('PATCH', '/deployment-defaults', { spec: { deploymentTargetName: null, state: 'running' } });
    expect(patched.body.spec).to.deep.equal({ template: OF_NAMESPACE.template, state: 'RUNNING' });
    expect((await api.send('PUT', '/deployment-defaults', created.body)).body).to.include({ statusCode: 409, reason: 'stalePrecondition' });
    expect((await api.send('PUT', '/deployment-defaults', patched.body)).body).to.deep.equal(patched.body);
  });
  it('of all namespaces are read only', async () => {
    const { body } = await api.send('GET', '/api/v1/global-deployment-defaults');
    expect([body.kind, body.spec]).to.deep.equal(['GlobalDeploymentDefaults', OF_ALL]);
    expect((await api.send('PUT', '/api/v1/global-deployment-defaults', body)).status).to.equal(405);
  });
  it('are merged when a Deployment is created: all < namespace < Deployment', async () => {
    await put(OF_NAMESPACE);
    for (const [method, path] of [
      ['POST', '/deployments'],
      ['PUT', '/deployments/other'],
    ] as const) {
      const body = method === 'POST' ? own() : { ...own(), metadata: {} };
      const { status, body: made } = await api.send(method, path, body);
      expect(status, JSON.stringify(made)).to.equal(201);
      expect(made.spec).to.deep.include({ upgradeStrategy: { kind: 'NONE' }, deploymentTargetName: 'local', state: 'CANCELLED' });
      const { parallelism, flinkConfiguration } = made.spec.template.spec;
      expect([parallelism, flinkConfiguration]).to.deep.equal([7, { a: 'all', b: 'namespace', c: 'own' }]);
    }
  });
  it('replace lists, count where the body says nothing by "" or {}, and give way to another target named by its id', async () => {
    const other = await api.send('POST', '/deployment-targets', { metadata: { name: 'other' }, spec: { session: { url: 'http://x' } } });
    await put({ ...OF_NAMESPACE, template: { spec: { artifact: { entryClass: 'a.B', additionalDependencies: ['x', 'y'] } } } });
    const artifact = { ...ARTIFACT, entryClass: '', additionalDependencies: ['z'] };
    const spec = { deploymentTargetId: other.body.metadata.id, upgradeStrategy: {}, template: { spec: { artifact } } };
    const { body: made } = await api.post({ metadata: { name: 'one' }, spec });
    expect(made.spec).to.deep.include({ deploymentTargetName: 'other', upgradeStrategy: { kind: 'NONE' } });
    expect(made.spec.template.spec.artifact).to.deep.equal({ ...ARTIFACT, entryClass: 'a.B', additionalDependencies: ['z'] });
  });
  it('change nothing that is there: the same document put again makes the same Deployment', async () => {
    await put(OF_NAMESPACE);
    const made = await api.send('PUT', '/deployments/one', own());
    await put({ deploymentTargetName: 'local', state: 'RUNNING', template: { spec: { parallelism: 3 } } });
    const again = await api.send('PUT', '/deployments/one', own());
    expect([again.status, again.body]).to.deep.equal([200, made.body]);
    const patched = await api.patch('one', { spec: { template: { spec: { flinkConfiguration: { a: null } } } } });
    expect(patched.body.spec.template.spec.flinkConfiguration).to.deep.equal({ b: 'namespace', c: 'own' });
  });
  it('leave a Deployment that was made without any to its own document', async () => {
    const plain = await testApi();
    const made = await plain.send('PUT', '/deployments/one', manifest('one'));
    await plain.send('PUT', '/deployment-defaults', { spec: { template: { spec: { parallelism: 3 } } } });
    expect((await plain.send('PUT', '/deployments/one', manifest('one'))).body).to.deep.equal(made.body);
  });

  const bad: [string, object, RegExp][] = [
    ['no spec', {}, /^spec: is missing; it must be an object$/],
    [
      'an unknown field',
      { spec: { template: { spec: { paralelism: 1 } } } },
      /^spec\.template\.spec\.paralelism: unknown field; did you mean "parallelism"\?$/,
    ],
    [
      'a wrong value',
      { spec: { template: { spec: { parallelism: 0 } } } },
      /^spec\.template\.spec\.parallelism: must be from 1 to 32768, not 0$/,
    ],
    [
      'a placeholder that is none',
      { spec: { template: { spec: { flinkConfiguration: { a: '{{jobID}}' } } } } },
      /^spec\.template\.spec\.flinkConfiguration\.a: \{\{jobID\}\} stands for nothing; did you mean "jobId"\?$/,
    ],
    ['a name', { metadata: { name: 'x' }, spec: {} }, /^metadata\.name: DeploymentDefaults have no name; remove it$/],
    ['another kind', { kind: 'Deployment', spec: {} }, /^kind: is "Deployment" and contradicts/],
  ];
  for (const [what, body, message] of bad) {
    it(`${what} is 400`, async () => {
      const answer = await api.send('PUT', '/deployment-defaults', body);
      expect([answer.status, answer.body.reason]).to.deep.equal([400, 'badRequest']);
      expect(answer.body.message).to.match(message);
    });
  }
});

describe('placeholders', () => {
  it('are filled when a Job is made, and kept in what the user said', async () => {
    const api = await testApi();
    const said = { a: 'x-{{deploymentName}}-{{ namespace }}', b: '{{jobId}} {{ deploymentId}}', c: '{ {jobId} } ${{x' };
    await api.post(manifest('one', { state: 'RUNNING' }, { flinkConfiguration: said }));
    const [job] = await api.store.jobs('default', {});
    expect(job?.spec.userFlinkConfiguration).to.deep.equal(said);
    expect(job?.spec.flinkConfiguration).to.deep.include({ a: 'x-one-default', b: `${job!.id} ${job!.deploymentId}`, c: said.c });
  });
  it('that stand for nothing are 400', async () => {
    const api = await testApi();
    const { body } = await api.post(manifest('one', {}, { flinkConfiguration: { 'a.b': '{{ deploymentname }} {{x.y}}' } }));
    expect(body.message).to.equal(
      'spec.template.spec.flinkConfiguration["a.b"]: {{deploymentname}} stands for nothing; did you mean "deploymentName"?\n' +
        'spec.template.spec.flinkConfiguration["a.b"]: {{x.y}} stands for nothing; known here: deploymentName, deploymentId, jobId, namespace',
    );
  });
});
