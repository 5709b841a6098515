import { expect } from 'chai';
import { before, describe, it } from 'mocha';
import { v7 as uuid } from 'uuid';
import { parse } from 'yaml';
import { DreyError } from '../../src/domain/errors.ts';
import { manifest, testApi, type TestApi } from '../support/api.ts';
import { aDeployment } from '../support/factories.ts';
import { memoryStore } from '../support/memory-store.ts';

const MANY = 1203;

describe('lists', () => {
  let api: TestApi;
  before(async () => {
    api = await testApi();
    const { id: deploymentTargetId } = (await api.store.target('default', 'local'))!;
    for (let i = 0; i < MANY; i++) {
      const labels = { third: String(i % 3), ...(i % 100 === 0 ? { rare: 'x' } : {}) };
      await api.store.insertDeployment(
        aDeployment({ id: uuid(), name: `d-${String(i).padStart(4, '0')}`, labels, spec: { deploymentTargetId } }),
        [],
      );
    }
    for (const name of ['d-0000', 'd-0400', 'd-0800', 'd-1200']) await api.patch(name, { spec: { state: 'CANCELLED' } });
    for (const name of ['d-0000', 'd-0400', 'd-0800', 'd-1200']) await api.patch(name, { spec: { state: 'RUNNING' } });
  });
  const namesAt = async (path: string, headers: Record<string, string> = {}): Promise<string[]> => {
    const answer = await api.send('GET', path, undefined, headers);
    expect(answer.status, answer.text).to.equal(200);
    const list = (headers['accept'] === undefined ? JSON.parse(answer.text) : parse(answer.text)) as {
      items: { metadata: { name: string } }[];
    };
    return list.items.map(({ metadata }) => metadata.name);
  };
  const pagesOf = async (path: string, limit: number): Promise<string[][]> => {
    const pages: string[][] = [];
    for (let next: string | undefined = '', rounds = 0; next !== undefined && rounds < 500; rounds++) {
      const { body } = await api.send('GET', `${path}&limit=${limit}${next === '' ? '' : `&continue=${next}`}`);
      pages.push(body.items.map(({ metadata }) => metadata.name));
      next = body.metadata.continue;
    }
    return pages;
  };

  it('without a limit have all of them, as JSON and as YAML', async function () {
    this.timeout(20_000); // a megabyte of YAML, on a busy machine
    const all = await namesAt('/deployments');
    expect(all).to.have.length(MANY);
    expect(await namesAt('/deployments', { accept: 'application/yaml' })).to.deep.equal(all);
    expect((await api.send('GET', '/jobs')).body.items).to.have.length(4);
  });
  it('that are empty have no items, as JSON and as YAML', async () => {
    const empty = { apiVersion: 'v1', kind: 'DeploymentList', metadata: {}, items: [] };
    for (const accept of ['application/json', 'application/yaml']) {
      const { text } = await api.send('GET', '/deployments?labelSelector=none', undefined, { accept });
      expect(parse(text)).to.deep.equal(empty);
    }
  });
  it('come in pages that together have each item once, whatever the limit', async () => {
    const all = await namesAt('/deployments');
    for (const limit of [100, 401, 1202, 1203, 5000]) {
      const pages = await pagesOf('/deployments?', limit);
      expect(pages.flat(), String(limit)).to.deep.equal(all);
      expect(pages.slice(0, -1).every((page) => page.length === limit)).to.equal(true);
    }
    expect((await pagesOf('/jobs?', 1)).map((page) => page.length)).to.deep.equal([1, 1, 1, 1]);
  });
  it('of Deployments are chosen by their labels, also in pages', async () => {
    expect(await namesAt('/deployments?labelSelector=third%3D1')).to.have.length(401);
    const rare = await namesAt('/deployments?labelSelector=rare,third%20in%20(0,%202)');
    expect(rare).to.deep.equal(['d-0000', 'd-0200', 'd-0300', 'd-0500', 'd-0600', 'd-0800', 'd-0900', 'd-1100', 'd-1200']);
    expect((await pagesOf('/deployments?labelSelector=rare,third%20in%20(0,%202)', 4)).map((page) => page.length)).to.deep.equal([4, 4, 1]);
  });
  it('of Jobs are chosen by state, in either case', async () => {
    expect((await api.send('GET', '/jobs?state=STARTING')).body.items).to.have.length(4);
    expect((await api.send('GET', '/jobs?state=starting&limit=3')).body.items).to.have.length(3);
    expect((await api.send('GET', '/jobs?state=FAILED')).body.items).to.have.length(0);
  });
  it('refuse what they cannot read, with its place', async () => {
    const messages: [query: string, message: RegExp][] = [
      ['/deployments?labelSelector=a%20b', /^\?labelSelector: cannot be read at character 3: expected "=", .*, found "b"$/],
      ['/deployments?limit=0', /^\?limit: must be from 1 to 5000, not 0$/],
      ['/deployments?continue=x', /^\?continue: must be an id like /],
      ['/jobs?state=RUNING', /^\?state: must be STARTING, /],
      ['/jobs?labelSelector=a', /^\?labelSelector: unknown field/],
    ];
    for (const [path, message] of messages) {
      const { status, body } = await api.send('GET', path);
      expect([status, body.message], path).to.satisfy(([code, text]: [number, string]) => code === 400 && message.test(text));
    }
  });
  it('break off, and do not look whole, when a later page cannot be read', async () => {
    const store = memoryStore();
    let reads = 0;
    const broken = await testApi({
      ...store,
      deployments: (namespace, page) =>
        ++reads > 1 ? Promise.reject(new DreyError('unavailable', 'gone')) : store.deployments(namespace, page),
    });
    const { id: deploymentTargetId } = (await broken.store.target('default', 'local'))!;
    for (let i = 0; i < 500; i++)
      await store.insertDeployment(aDeployment({ id: uuid(), name: `d-${i}`, spec: { deploymentTargetId } }), []);
    const outcome = await broken.send('GET', '/deployments').then(
      ({ text }) => text,
      () => 'broken off',
    );
    expect(outcome).to.equal('broken off');
  });
});

describe('ETag', () => {
  let api: TestApi;
  let etag: string;
  before(async () => {
    api = await testApi();
    etag = String((await api.post(manifest('a'))).headers['etag']);
  });

  it('of what the client has is 304, without a body', async () => {
    for (const value of [etag, `W/${etag}`, `"77", ${etag}`, '*']) {
      const answer = await api.send('GET', '/deployments/a', undefined, { 'if-none-match': value });
      expect([answer.status, answer.text, answer.headers['etag']], value).to.deep.equal([304, '', etag]);
    }
  });
  it('of another version is 200', async () => {
    expect((await api.send('GET', '/deployments/a', undefined, { 'if-none-match': '"77"' })).status).to.equal(200);
    expect((await api.send('PATCH', '/deployments/a', {}, { 'if-match': etag })).status).to.equal(200);
  });
  it('* on a PUT creates, and replaces nothing', async () => {
    const only = { 'if-none-match': '*' };
    expect((await api.send('PUT', '/deployments/b', manifest('b'), only)).status).to.equal(201);
    expect((await api.send('PUT', '/deployments/b', manifest('b'), only)).body.reason).to.equal('stalePrecondition');
    const target = { spec: { session: { url: 'http://other:8081' } } };
    expect((await api.send('PUT', '/deployment-targets/other', target, only)).status).to.equal(201);
    expect((await api.send('PUT', '/deployment-targets/other', target, only)).status).to.equal(409);
    expect((await api.send('PUT', '/deployments/b', manifest('b'), { 'if-none-match': '"1"' })).status).to.equal(400);
  });
});
