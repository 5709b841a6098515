import { expect } from 'chai';
import { beforeEach, describe, it } from 'mocha';
import type { Store } from '../../src/ports/store.ts';
import { memoryStore } from '../support/memory-store.ts';
import { manifest, testApi, type Answer, type TestApi } from '../support/api.ts';

describe('API of Deployments: changes', () => {
  let api: TestApi;
  beforeEach(async () => {
    api = await testApi();
  });

  it('a PATCH keeps the target that another PATCH chose while it was on its way', async () => {
    const right = memoryStore();
    let meanwhile: (() => Promise<unknown>) | undefined;
    // What happens between reading and locking: the first look-up of a target lets the other PATCH go first.
    const slow: Store = {
      ...right,
      target: async (namespace, name) => {
        const other = meanwhile;
        meanwhile = undefined;
        await other?.();
        return right.target(namespace, name);
      },
    };
    api = await testApi(slow);
    await api.send('POST', '/deployment-targets', { metadata: { name: 'second' }, spec: { session: { url: 'http://second:8081' } } });
    await api.post(manifest('raced'));
    meanwhile = () => api.patch('raced', { spec: { deploymentTargetName: 'second' } });
    const answer = await api.patch('raced', { spec: { template: { spec: { parallelism: 2 } } } });
    expect([answer.status, answer.body.spec.deploymentTargetName, answer.body.spec.template.spec.parallelism]).to.deep.equal([
      200,
      'second',
      2,
    ]);
  });

  describe('PUT', () => {
    it('creates what is not there, under the name of the path', async () => {
      const { spec } = manifest('x');
      const answer = await api.send('PUT', '/deployments/fresh', { spec });
      expect([answer.status, answer.body.metadata.name]).to.deep.equal([201, 'fresh']);
    });
    it('replaces what is there: what is omitted gets its default', async () => {
      await api.post({
        ...manifest('counting', { state: 'RUNNING', maxJobCreationAttempts: 7 }),
        metadata: { name: 'counting', labels: { a: 'b' }, displayName: 'x' },
      });
      const { body } = await api.send('PUT', '/deployments/counting', manifest('counting', {}, { parallelism: 3 }));
      expect(body.spec).to.include({ state: 'CANCELLED', maxJobCreationAttempts: 4 });
      expect(body.metadata.labels).to.deep.equal({});
      expect(body.metadata).not.to.have.property('displayName');
    });
    it('refuses another name, and a name that cannot be', async () => {
      await api.post(manifest('counting'));
      expect((await api.send('PUT', '/deployments/counting', manifest('other'))).body.message).to.match(
        /metadata\.name: is "other" and contradicts the path, which is that of "counting"/,
      );
      expect((await api.send('PUT', '/deployments/Bad_Name', { spec: manifest('x')['spec'] })).status).to.equal(400);
    });
    it('for a version of what is not there is 409', async () => {
      for (const headers of [{ 'if-match': '"3"' }, { 'if-match': '*' }]) {
        expect((await api.send('PUT', '/deployments/fresh', manifest('fresh'), headers)).body.reason).to.equal('stalePrecondition');
      }
      const answer = await api.send('PUT', '/deployments/fresh', { ...manifest('fresh'), metadata: { resourceVersion: 3 } });
      expect(answer.body.reason).to.equal('stalePrecondition');
    });
  });

  describe('PATCH', () => {
    it('merges: given fields change, null removes, what is not named stays', async () => {
      await api.post({
        ...manifest('counting', { maxJobCreationAttempts: 7 }, { flinkConfiguration: { a: '1', b: '2' } }),
        metadata: { name: 'counting', labels: { a: '1', b: '2' }, displayName: 'x' },
      });
      const { status, body } = await api.patch('counting', {
        metadata: { displayName: null, labels: { a: null, c: '3' } },
        spec: { state: 'running', template: { spec: { flinkConfiguration: { a: null, c: 3 } } } },
      });
      expect(status).to.equal(200);
      expect(body.metadata).not.to.have.property('displayName');
      expect(body.metadata.labels).to.deep.equal({ b: '2', c: '3' });
      expect(body.spec).to.include({ state: 'RUNNING', maxJobCreationAttempts: 7 });
      expect(body.spec.template.spec.flinkConfiguration).to.deep.equal({ b: '2', c: '3' });
    });
    it('takes application/merge-patch+json and YAML', async () => {
      await api.post(manifest('counting'));
      for (const [type, text] of [
        ['application/merge-patch+json', '{"spec": {"maxJobCreationAttempts": 5}}'],
        ['application/x-yaml', 'spec: {maxJobCreationAttempts: 6}'],
      ] as const) {
        expect((await api.patch('counting', text, { 'content-type': type })).body.spec.maxJobCreationAttempts).to.equal(
          text.includes('5') ? 5 : 6,
        );
      }
    });
    it('checks the merged whole', async () => {
      await api.post(manifest('counting'));
      expect((await api.patch('counting', { spec: { template: { spec: { artifact: { jarUri: null } } } } })).body.message).to.equal(
        'spec.template.spec.artifact.jarUri: is missing; it must be a string',
      );
      expect((await api.patch('counting', { metadata: { name: 'other' } })).status).to.equal(400);
      expect((await api.patch('counting', [])).status).to.equal(400);
      expect((await api.patch('counting', { spec: 5 })).status).to.equal(400);
    });
    it('names another target by its name or by its id, and the other field follows', async () => {
      await api.post(manifest('counting'));
      const other = await api.send('POST', '/deployment-targets', {
        metadata: { name: 'other' },
        spec: { session: { url: 'http://other:8081' } },
      });
      const local = await api.store.target('default', 'local');
      const byName = await api.patch('counting', { spec: { deploymentTargetName: 'other' } });
      expect(byName.body.spec).to.include({ deploymentTargetId: other.body.metadata.id, deploymentTargetName: 'other' });
      const byId = await api.patch('counting', { spec: { deploymentTargetId: local?.id, deploymentTargetName: '' } });
      expect(byId.body.spec).to.include({ deploymentTargetId: local?.id, deploymentTargetName: 'local' });
      const both = await api.patch('counting', { spec: { deploymentTargetId: local?.id, deploymentTargetName: 'other' } });
      expect(both.body.message).to.match(
        /^spec\.deploymentTargetName: is "other" and contradicts deploymentTargetId, which is that of "local"/,
      );
    });
    it('that changes nothing keeps the resourceVersion', async () => {
      const { body } = await api.post(manifest('counting', { state: 'RUNNING' }));
      const again = await api.patch('counting', { spec: { state: 'RUNNING', template: { spec: { parallelism: 1 } } } });
      expect([again.status, again.body, again.headers['warning']]).to.deep.equal([200, body, undefined]);
    });
    it('that changes nothing of a FAILED one says how to go on', async () => {
      const { body } = await api.post(manifest('counting', { state: 'RUNNING', maxJobCreationAttempts: 1 }));
      const [job] = await api.store.jobs('default', { deploymentId: body.metadata.id });
      await api.engine.jobs.refuse(job!, { reason: 'ArtifactUnavailable', message: 'no such jar' });
      expect((await api.send('GET', '/deployments/counting')).body.status.state).to.equal('FAILED');
      const again = await api.patch('counting', { spec: { state: 'RUNNING' } });
      expect(again.headers['warning']).to.equal(
        '299 - "nothing changed, and Deployment counting stays FAILED; to run it again change its template, or set its state to CANCELLED and then to RUNNING"',
      );
      expect((await api.patch('counting', { spec: { template: { spec: { parallelism: 2 } } } })).headers['warning']).to.equal(undefined);
    });
  });

  describe('preconditions', () => {
    const stale = async (answer: Promise<Answer>): Promise<string> => {
      const { status, body } = await answer;
      return `${status} ${body.reason}`;
    };
    it('protects labels, annotations and the name to show as well', async () => {
      const { body } = await api.post(manifest('labelled'));
      const version = body.metadata.resourceVersion;
      await api.patch('labelled', { metadata: { labels: { owner: 'one' } } });
      const late = { ...manifest('labelled'), metadata: { name: 'labelled', labels: { owner: 'two' }, resourceVersion: version } };
      expect(await stale(api.send('PUT', '/deployments/labelled', late))).to.equal('409 stalePrecondition');
      expect((await api.send('GET', '/deployments/labelled')).body.metadata).to.have.nested.property('labels.owner', 'one');
    });
    it('hold a change to the version that it was made for', async () => {
      const { body } = await api.post(manifest('counting'));
      const version = body.metadata.resourceVersion;
      const changed = await api.patch('counting', { metadata: { resourceVersion: version }, spec: { maxJobCreationAttempts: 5 } });
      expect(changed.status).to.equal(200);
      expect(await stale(api.patch('counting', { metadata: { resourceVersion: version }, spec: { maxJobCreationAttempts: 6 } }))).to.equal(
        '409 stalePrecondition',
      );
      expect(await stale(api.patch('counting', { spec: { maxJobCreationAttempts: 6 } }, { 'if-match': `"${version}"` }))).to.equal(
        '409 stalePrecondition',
      );
      expect(await stale(api.send('DELETE', '/deployments/counting', undefined, { 'if-match': `W/"${version}"` }))).to.equal(
        '409 stalePrecondition',
      );
      expect(await stale(api.send('DELETE', '/deployments/counting', undefined, { 'if-match': '"99"' }))).to.equal('409 stalePrecondition');
      const etag = String(changed.headers['etag']);
      expect((await api.patch('counting', { spec: { maxJobCreationAttempts: 6 } }, { 'if-match': etag })).status).to.equal(200);
      expect(
        (await api.patch('counting', { metadata: { resourceVersion: 0 }, spec: { maxJobCreationAttempts: 7 } }, { 'if-match': '*' }))
          .status,
      ).to.equal(200);
    });
    it('that contradict each other are 400', async () => {
      await api.post(manifest('counting'));
      expect((await api.patch('counting', { metadata: { resourceVersion: 1 } }, { 'if-match': '"2"' })).status).to.equal(400);
    });
  });
});
