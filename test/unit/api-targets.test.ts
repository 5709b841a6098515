import { expect } from 'chai';
import { beforeEach, describe, it } from 'mocha';
import { manifest, testApi, type TestApi } from '../support/api.ts';

describe('API of DeploymentTargets', () => {
  let api: TestApi;
  beforeEach(async () => {
    api = await testApi();
  });
  const target = (url: unknown, name: unknown = 'other'): object => ({ metadata: { name }, spec: { session: { url } } });

  it('creates, lists, shows and deletes them', async () => {
    const created = await api.send('POST', '/deployment-targets', { ...target('https://flink:8081/base'), kind: 'DeploymentTarget' });
    expect(created.status).to.equal(201);
    expect(created.body).to.deep.include({
      apiVersion: 'v1',
      kind: 'DeploymentTarget',
      spec: { session: { url: 'https://flink:8081/base' } },
    });
    for (const path of ['other', created.body.metadata.id])
      expect((await api.send('GET', `/deployment-targets/${path}`)).body).to.deep.equal(created.body);
    const names = (await api.send('GET', '/deployment-targets')).body.items.map(({ metadata }) => metadata.name);
    expect(names).to.deep.equal(['local', 'other']);
    expect((await api.send('DELETE', '/deployment-targets/other')).body).to.deep.equal(created.body);
    expect((await api.send('GET', '/deployment-targets/othr')).status).to.equal(404);
  });
  it('spreads them over the sweeps', async () => {
    for (let i = 0; i < 40; i++) await api.send('POST', '/deployment-targets', target('http://flink', `t${i}`));
    const shards = (await api.store.targets('default')).map(({ hash }) => hash % 64);
    expect(shards.every((shard) => Number.isInteger(shard) && shard >= 0 && shard < 64)).to.equal(true);
    expect(new Set(shards).size).to.be.greaterThan(15);
  });
  it('PUT creates what is not there; a second POST of the name is 409', async () => {
    expect((await api.send('PUT', '/deployment-targets/other', { spec: { session: { url: 'http://x' } } })).status).to.equal(201);
    expect((await api.send('POST', '/deployment-targets', target('http://x'))).body.message).to.equal(
      'a DeploymentTarget named other already exists in namespace default',
    );
  });
  it('changes labels and annotations, under a version, and nothing else', async () => {
    const labelled = await api.send('PATCH', '/deployment-targets/local', { metadata: { labels: { a: 'b' } } });
    expect(labelled.body.metadata).to.deep.include({ labels: { a: 'b' }, resourceVersion: 2 });
    const same = await api.send('PATCH', '/deployment-targets/local', { metadata: { labels: { a: 'b' } } });
    expect(same.body).to.deep.equal(labelled.body);
    const back = await api.send('PUT', '/deployment-targets/local', labelled.body);
    expect([back.status, back.body]).to.deep.equal([200, labelled.body]);
    const stale = await api.send('PATCH', '/deployment-targets/local', { metadata: { labels: {} } }, { 'if-match': '"1"' });
    expect(stale.body).to.include({
      reason: 'stalePrecondition',
      message: 'DeploymentTarget local is not at resourceVersion 1 (now 2); read it again and repeat the change',
    });
    for (const method of ['PUT', 'PATCH'] as const) {
      const moved = await api.send(method, '/deployment-targets/local', { spec: { session: { url: 'http://elsewhere' } } });
      expect(moved.body).to.include({
        reason: 'conflict',
        message: 'the spec of DeploymentTarget local never changes, for its Jobs run there; create another target',
      });
    }
  });
  it('keeps one that is in use', async () => {
    await api.send('POST', '/deployments', manifest('counting'));
    const answer = await api.send('DELETE', '/deployment-targets/local');
    expect(answer.body).to.include({
      statusCode: 409,
      message: 'DeploymentTarget local is used by Deployment counting; delete or move that first',
    });
  });

  const bad: [string, unknown, RegExp][] = [
    ['no URL', target(''), /^spec\.session\.url: "" is not an http or https URL; write it as http:\/\/host:8081$/],
    ['a number for a URL', target(8081), /"8081" is not an http or https URL/],
    ['another scheme', target('ftp://x'), /is not an http or https URL/],
    ['no scheme', target('localhost:8081'), /is not an http or https URL/],
    ['spaces', target(' http://x'), /is not an http or https URL/],
    ['a port that cannot be', target('http://x:99999'), /is not an http or https URL/],
    ['credentials', target('http://me:geheim@x'), /^spec\.session\.url: the URL has credentials in it, which everyone could read; write/],
    ['a query', target('http://x/?a=b'), /has a query or a fragment/],
    ['no session', { metadata: { name: 'x' }, spec: {} }, /^spec: is missing|^spec\.session: is missing/],
    ['no spec', { metadata: { name: 'x' } }, /^spec: is missing; it must be an object$/],
    ['a name with a dot', target('http://x', 'a.b'), /^metadata\.name: "a\.b" is not a name; use at most 250 of/],
    ['a name of 251', target('http://x', 'x'.repeat(251)), /is not a name/],
    [
      'another kind',
      { ...target('http://x'), kind: 'Deployment' },
      /^kind: is "Deployment" and contradicts the path, which is that of "DeploymentTarget"$/,
    ],
  ];
  for (const [what, body, message] of bad) {
    it(`${what} is 400`, async () => {
      const answer = await api.send('POST', '/deployment-targets', body);
      expect([answer.status, answer.body.reason]).to.deep.equal([400, 'badRequest']);
      expect(answer.body.message).to.match(message);
      expect(answer.text).not.to.match(/geheim/);
    });
  }
  const later: [string, object, string][] = [
    ['Kubernetes', { kubernetes: { namespace: 'x' } }, 'spec.kubernetes: is not supported yet; session: {url, sqlGatewayUrl} works now'],
    ['processes', { process: { flinkHome: '/opt' } }, 'spec.process: is not supported yet; session: {url, sqlGatewayUrl} works now'],
    [
      'TLS',
      { session: { url: 'http://x', tls: { ca: 'x' }, auth: {} } },
      'spec.session.tls: is not supported yet; session: {url, sqlGatewayUrl} works now',
    ],
  ];
  for (const [what, spec, message] of later) {
    it(`${what} is for later`, async () => {
      const { body } = await api.send('POST', '/deployment-targets', { metadata: { name: 'x' }, spec });
      expect(body).to.include({ reason: 'notSupportedYet', message });
    });
  }
});
