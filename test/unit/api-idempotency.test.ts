import { expect } from 'chai';
import { beforeEach, describe, it } from 'mocha';
import { DreyError } from '../../src/domain/errors.ts';
import type { Store } from '../../src/ports/store.ts';
import { manifest, testApi, type TestApi } from '../support/api.ts';
import { memoryStore } from '../support/memory-store.ts';

const KEY = { 'idempotency-key': 'k-1' };

describe('Idempotency-Key', () => {
  let api: TestApi;
  let at: Date;
  let faults: { insertDeployment?: (insert: () => Promise<void>) => Promise<void>; settleKey?: () => Promise<void> };
  beforeEach(async () => {
    at = new Date();
    faults = {};
    const store = memoryStore(() => at);
    const faulty: Store = {
      ...store,
      insertDeployment: (...args) => {
        const insert = () => store.insertDeployment(...args);
        return faults.insertDeployment?.(insert) ?? insert();
      },
      settleKey: (...args) => faults.settleKey?.() ?? store.settleKey(...args),
    };
    api = await testApi(faulty);
  });
  const later = (ms: number): void => {
    at = new Date(at.getTime() + ms);
  };
  const count = async () => (await api.send('GET', '/deployments')).body.items.length;

  it('is a new one in a namespace that is made under the name of a deleted one', async () => {
    const base = '/api/v1/namespaces/short';
    const target = { metadata: { name: 'mine' }, spec: { session: { url: 'http://localhost:8081' } } };
    const made = async () => {
      await api.send('POST', '/namespaces/v1/namespaces', { name: 'namespaces/short' });
      const { status, body } = await api.send('POST', `${base}/deployment-targets`, target, KEY);
      expect(status).to.equal(201);
      return body.metadata.id;
    };
    const first = await made();
    expect(await made()).to.equal(first);
    await api.send('DELETE', `${base}/deployment-targets/mine`);
    expect((await api.send('DELETE', '/namespaces/v1/namespaces/short')).status).to.equal(200);
    later(1);
    expect(await made()).not.to.equal(first);
  });
  it('makes one resource of many requests, and answers with it as it is now', async () => {
    const first = await api.post(manifest('a'), KEY);
    expect(first.status).to.equal(201);
    await api.patch('a', { metadata: { labels: { x: 'y' } } });
    // The same value in another order, as YAML.
    const { spec, metadata } = manifest('a');
    const again = await api.post(JSON.stringify({ spec, metadata }), { ...KEY, 'content-type': 'application/yaml' });
    expect([again.status, again.headers['idempotent-replayed']]).to.deep.equal([201, 'true']);
    expect(again.body.metadata).to.include({ id: first.body.metadata.id, name: 'a' });
    expect(again.body.metadata.labels).to.deep.equal({ x: 'y' });
    expect(again.headers['etag']).to.equal(`"${again.body.metadata.resourceVersion}"`);
    const yaml = await api.post(manifest('a'), { ...KEY, accept: 'application/yaml' });
    expect([yaml.status, yaml.headers['content-type']]).to.deep.equal([201, 'application/yaml; charset=utf-8']);
    expect(yaml.text).to.match(/^apiVersion: v1\nkind: Deployment\n/);
    expect(await count()).to.equal(1);
  });
  it('works for every POST that creates', async () => {
    const target = { metadata: { name: 'other' }, spec: { session: { url: 'http://other:8081' } } };
    const [first, again] = [
      await api.send('POST', '/deployment-targets', target, KEY),
      await api.send('POST', '/deployment-targets', target, KEY),
    ];
    expect([first.status, again.status, again.body.metadata.id]).to.deep.equal([201, 201, first.body.metadata.id]);
  });
  it('with another body, path or method is 422', async () => {
    await api.post(manifest('a'), KEY);
    const other = await api.post(manifest('b'), KEY);
    expect([other.status, other.body.reason]).to.deep.equal([422, 'keyReused']);
    expect((await api.send('POST', '/deployment-targets', manifest('a'), KEY)).status).to.equal(422);
    expect(await count()).to.equal(1);
  });
  it('is of one sender alone', async () => {
    await api.post(manifest('a'), { ...KEY, authorization: 'Bearer one' });
    expect((await api.post(manifest('b'), { ...KEY, authorization: 'Bearer two' })).status).to.equal(201);
  });
  it('of a refused request may be used again', async () => {
    expect((await api.post(manifest('Not A Name'), KEY)).status).to.equal(400);
    expect((await api.post(manifest('a'), KEY)).status).to.equal(201);
  });
  it('is 409 with Retry-After while the first request is under way, of which one creates', async () => {
    let goOn = (): void => undefined;
    const held = new Promise<void>((resolve) => (goOn = resolve));
    let reached = (): void => undefined;
    const isThere = new Promise<void>((resolve) => (reached = resolve));
    faults.insertDeployment = async (insert) => {
      reached();
      await held;
      await insert();
    };
    const first = api.post(manifest('a'), KEY);
    await isThere;
    const second = await api.post(manifest('a'), KEY);
    expect([second.status, second.body.reason, second.headers['retry-after']]).to.deep.equal([409, 'underWay', '1']);
    goOn();
    expect((await first).status).to.equal(201);
    expect((await api.post(manifest('a'), KEY)).body.metadata.id).to.equal((await first).body.metadata.id);
  });
  it('finds what was made by a request whose answer was lost', async () => {
    faults.insertDeployment = async (insert) => {
      await insert();
      throw new DreyError('unavailable', 'the connection broke after the commit');
    };
    expect((await api.post(manifest('a'), KEY)).status).to.equal(503);
    faults = {};
    const again = await api.post(manifest('a'), KEY);
    expect([again.status, again.body.metadata.name]).to.deep.equal([201, 'a']);
    expect(await count()).to.equal(1);
  });
  it('goes on after a daemon that died before it made anything, or before it said so', async () => {
    // Nothing is noted: as if the process had died there.
    faults.settleKey = () => Promise.reject(new DreyError('unavailable', 'died'));
    const first = await api.post(manifest('a'), KEY);
    expect(first.status).to.equal(201);
    faults = {};
    expect((await api.post(manifest('a'), KEY)).status).to.equal(409);
    later(30_001);
    const again = await api.post(manifest('a'), KEY);
    expect([again.status, again.body.metadata.id]).to.deep.equal([201, first.body.metadata.id]);
  });
  it('tells that what it made was deleted since, and is forgotten after a day', async () => {
    await api.post(manifest('a'), KEY);
    await api.send('DELETE', '/deployments/a');
    const gone = await api.post(manifest('a'), KEY);
    expect([gone.status, gone.body.message]).to.deep.equal([
      409,
      'what was made under this Idempotency-Key has been deleted since; use another key to make it again',
    ]);
    later(24 * 3_600_000);
    expect((await api.post(manifest('a'), KEY)).status).to.equal(201);
    later(24 * 3_600_000);
    expect(await api.store.forgetKeys(10)).to.equal(1);
  });
  it('that is no key is 400', async () => {
    for (const key of ['', 'é', 'x'.repeat(256)]) expect((await api.post(manifest('a'), { 'idempotency-key': key })).status).to.equal(400);
  });
});

describe('dryRun', () => {
  let api: TestApi;
  const NIL = '00000000-0000-0000-0000-000000000000';
  beforeEach(async () => {
    api = await testApi();
    await api.post(manifest('a', { state: 'RUNNING' }));
    api.woken.length = 0;
  });
  const everything = async () =>
    Promise.all(['/deployments', '/deployment-targets', '/jobs', '/events'].map(async (path) => (await api.send('GET', path)).text));
  const dry = async (...[method, path, body, headers]: Parameters<TestApi['send']>) => {
    const before = await everything();
    const answer = await api.send(method, `${path}?dryRun=true`, body, headers);
    expect(await everything()).to.deep.equal(before);
    expect(api.woken).to.deep.equal([]);
    return answer;
  };

  it('of a creation answers what would be made, without an id', async () => {
    const answer = await dry('POST', '/deployments', manifest('b', { state: 'RUNNING' }), KEY);
    expect(answer.status).to.equal(201);
    expect(answer.body.metadata).to.include({ id: NIL, name: 'b', resourceVersion: 1 });
    expect(answer.body.status.state).to.equal('TRANSITIONING');
    expect(answer.body.spec.maxJobCreationAttempts).to.equal(4);
    expect((await dry('PUT', '/deployments/c', manifest('c'))).status).to.equal(201);
    // The key was not used up.
    expect((await api.post(manifest('b'), KEY)).status).to.equal(201);
  });
  it('of a change answers what would be, and plans it', async () => {
    const patched = await dry('PATCH', '/deployments/a', { spec: { state: 'CANCELLED' } });
    expect([patched.status, patched.body.spec.state, patched.body.status.state]).to.deep.equal([200, 'CANCELLED', 'TRANSITIONING']);
    const put = await dry('PUT', '/deployments/a', manifest('a', { state: 'RUNNING' }, { parallelism: 7 }));
    expect(put.body.spec.template.spec.parallelism).to.equal(7);
  });
  it('of a deletion checks whether it may be', async () => {
    expect((await dry('DELETE', '/deployments/a')).status).to.equal(409);
    await api.post(manifest('b'));
    api.woken.length = 0;
    expect((await dry('DELETE', '/deployments/b')).status).to.equal(200);
  });
  it('of targets does the same', async () => {
    const body = (name: string) => ({ metadata: { name }, spec: { session: { url: 'http://localhost:8081' } } });
    const made = await dry('POST', '/deployment-targets', body('new'));
    expect([made.status, made.body.metadata.id]).to.deep.equal([201, NIL]);
    expect((await dry('POST', '/deployment-targets', body('local'))).status).to.equal(409);
    const patched = await dry('PATCH', '/deployment-targets/local', { metadata: { labels: { a: 'b' } } });
    expect(patched.body.metadata.labels).to.deep.equal({ a: 'b' });
    expect((await dry('DELETE', '/deployment-targets/local')).body.reason).to.equal('conflict');
  });
  it('finds the same errors', async () => {
    expect((await dry('POST', '/deployments', manifest('a'))).body.message).to.equal(
      'a Deployment named a already exists in namespace default',
    );
    expect((await dry('POST', '/deployments', manifest('b', { deploymentTargetName: 'none' }))).status).to.equal(400);
    expect((await dry('PATCH', '/deployments/none', {})).status).to.equal(404);
    expect((await dry('PATCH', '/deployments/a', {}, { 'if-match': '"77"' })).status).to.equal(409);
    expect((await api.send('POST', '/deployments?dryRun=All', manifest('b'))).body.message).to.equal(
      '?dryRun: must be a boolean, not "All"',
    );
  });
  it('false changes', async () => {
    expect((await api.send('POST', '/deployments?dryRun=false', manifest('b'))).body.metadata.id).not.to.equal(NIL);
  });
});
