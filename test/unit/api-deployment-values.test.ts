import { expect } from 'chai';
import { beforeEach, describe, it } from 'mocha';
import { manifest, testApi, type TestApi } from '../support/api.ts';

describe('API of Deployments: values', () => {
  let api: TestApi;
  beforeEach(async () => {
    api = await testApi();
  });
  const faultOf = async (body: unknown): Promise<[number, string, string]> => {
    const answer = await api.post(body);
    return [answer.status, answer.body.reason, answer.body.message];
  };

  describe('what comes later', () => {
    const artifact = (given: object): object => ({ template: { spec: { artifact: given } } });
    const table: [string, object, string][] = [
      [
        'Python',
        artifact({ kind: 'PYTHON', pythonArtifactUri: 'x' }),
        'spec.template.spec.artifact.kind: "PYTHON" is not supported yet; JAR and SQLSCRIPT work now',
      ],
    ];
    for (const [what, spec, message] of table) {
      it(`${what} is 400 and says what works now`, async () =>
        expect(await faultOf(manifest('a', spec))).to.deep.equal([400, 'notSupportedYet', message]));
    }
  });

  describe('values', () => {
    const jar = (jarUri: string): object => manifest('a', { template: { spec: { artifact: { kind: 'JAR', jarUri } } } });
    for (const uri of [
      '/opt/x.jar',
      'file:x.jar',
      'file:///',
      'file:///opt/',
      'file://host/opt/x.jar',
      'file:///opt/x.jar?y',
      'file:///opt/%2Fx.jar',
      'file:////x.jar',
      'x',
      'hdfs://name/x.jar',
      'https://',
      'https://host/x.jar#top',
      'https://user:word@host/x.jar',
      'https://ho st/x.jar',
      's3://bucket',
      's3://bucket/',
      's3://bucket/a/../b.jar',
      's3:///x.jar',
      'artifact://namespaces/default/',
      'artifact://namespaces/default/a/b.jar',
      'artifact://namespaces/default/..',
      'ARTIFACT://namespaces/default/x.jar',
      'hdfs://${secret}/x.jar',
      'artifact://namespaces/other/x.jar',
    ]) {
      it(`jarUri ${uri} is 400`, async () => expect((await faultOf(jar(uri)))[0]).to.equal(400));
    }
    for (const uri of [
      'file:///opt/x.jar',
      'file:/opt/x.jar',
      'FILE:///opt/a%20b.jar',
      'file://localhost/opt/x.jar',
      'http://host:8080/x.jar',
      'https://user@host/a/x.jar?signature=1',
      'https://user:${password}@host/x.jar',
      's3://bucket/a b/x.jar',
      'artifact://namespaces/default/x-1.0_2.12+3.jar',
      '${jar}',
    ]) {
      it(`jarUri ${uri} is taken`, async () => expect((await api.post(jar(uri))).status).to.equal(201));
    }
    const table: [string, unknown][] = [
      ['an empty name', { ...manifest(''), metadata: { name: '' } }],
      ['no name', { ...manifest(''), metadata: undefined }],
      ['a name of 64', manifest('x'.repeat(64))],
      ['a name with a newline', manifest('abc\n')],
      ['parallelism 0', manifest('a', {}, { parallelism: 0 })],
      ['parallelism 1.5', manifest('a', {}, { parallelism: 1.5 })],
      ['attempts 0', manifest('a', { maxJobCreationAttempts: 0 })],
      ['more attempts than are remembered', manifest('a', { maxJobCreationAttempts: 51 })],
      ['an expiration of nothing', manifest('a', { jobFailureExpirationTime: '0s' })],
      ['an expiration in the past', manifest('a', { jobFailureExpirationTime: 'PT-1H' })],
      ['labels in a list', { ...manifest('a'), metadata: { name: 'a', labels: ['x'] } }],
      ['a label with a newline in its key and a list', { ...manifest('a'), metadata: { name: 'a', labels: { 'x\ny': [1] } } }],
      ['a negative resourceVersion', { ...manifest('a'), metadata: { name: 'a', resourceVersion: -1 } }],
      ['no target', manifest('a', { deploymentTargetName: null })],
      ['a target that is no id', manifest('a', { deploymentTargetId: '123' })],
      ['a target id of nothing', manifest('a', { deploymentTargetName: null, deploymentTargetId: '01900000-0000-7000-8000-00000000ffff' })],
      ['no template', manifest('a', { template: null })],
    ];
    for (const [what, body] of table) it(`${what} is 400`, async () => expect((await api.post(body)).status).to.equal(400));
    it('a name of 63 is taken', async () => expect((await api.post(manifest('x'.repeat(63)))).status).to.equal(201));
    it('texts may be written as numbers and booleans', async () => {
      const artifact = { kind: 'JAR', jarUri: 'file:///x.jar', flinkVersion: 1.19, mainArgs: 5 };
      const metadata = { name: 'a', labels: { tier: 1, spot: true } };
      const made = (await api.post({ ...manifest('a', {}, { artifact }), metadata })).body;
      expect(made.metadata.labels).to.deep.equal({ tier: '1', spot: 'true' });
      expect(made.spec.template.spec.artifact).to.include({ flinkVersion: '1.19', mainArgs: '5' });
    });
    it('labels may be called as they like', async () => {
      const labels = { constructor: 'a', toString: 'b', hasOwnProperty: 'c', '': 'd', 'x\ny': 'e', ünï: '✓' };
      const { body } = await api.post({ ...manifest('a'), metadata: { name: 'a', labels } });
      expect(body.metadata.labels).to.deep.equal(labels);
      expect((await api.patch('a', { metadata: { labels: { constructor: null } } })).body.metadata.labels).not.to.have.own.property(
        'constructor',
      );
    });
  });
});
