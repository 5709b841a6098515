import { createHash } from 'node:crypto';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { expect } from 'chai';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { ArtifactListSchema, ArtifactSchema } from '../../src/api/artifacts.ts';
import { faultsOf } from '../../src/schema/faults.ts';
import { manifest, testApi, type TestApi } from '../support/api.ts';
import { formWith } from '../support/form.ts';
import { memoryArtifacts } from '../support/memory-artifacts.ts';
import { memoryStore } from '../support/memory-store.ts';

const BASE = '/artifacts/v1/namespaces/default/artifacts';
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

describe('artifacts over the API', () => {
  let api: TestApi;
  let directory: string;
  beforeEach(async () => {
    const store = memoryStore();
    const artifacts = memoryArtifacts(store, { maxBytes: 1000 });
    directory = artifacts.directory;
    api = await testApi(store, undefined, { artifacts });
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  const upload = async (filename: string, content: string | Buffer, field?: string) => {
    const answer = await api.app.inject({ method: 'POST', url: `${BASE}:upload`, ...formWith(filename, content, field) });
    return { status: answer.statusCode, body: answer.json<{ artifact: Record<string, unknown>; message: string }>() };
  };
  const get = async (path: string) => JSON.parse((await api.send('GET', `${BASE}${path}`)).text) as Record<string, unknown>;
  const files = (): string[] => (existsSync(directory) ? readdirSync(directory) : []);

  it('are uploaded, listed, told and deleted', async () => {
    expect(await get(':list')).to.deep.equal({ artifacts: [] });
    const { status, body } = await upload('job-1.0_2.12.jar', 'PK bytes');
    expect(status).to.equal(200);
    const { createTime, ...rest } = body.artifact;
    expect(rest).to.deep.equal({
      filename: 'job-1.0_2.12.jar',
      uri: 'artifact://namespaces/default/job-1.0_2.12.jar',
      size: 8,
      sha256: sha256('PK bytes'),
    });
    expect(Date.parse(String(createTime))).to.be.closeTo(Date.now(), 60_000);
    expect(await get(':list')).to.deep.equal({ artifacts: [body.artifact] });
    expect(await get(':getMetadata?filename=job-1.0_2.12.jar')).to.deep.equal({ artifact: body.artifact });
    expect(faultsOf(ArtifactSchema, { artifact: body.artifact })).to.deep.equal([]);
    expect(faultsOf(ArtifactListSchema, await get(':list'))).to.deep.equal([]);
    expect(files()).to.deep.equal([sha256('PK bytes')]);
    const deleted = await api.send('DELETE', `${BASE}:delete?filename=job-1.0_2.12.jar`);
    expect([deleted.status, deleted.text]).to.deep.equal([200, '{}']);
    expect(await get(':list')).to.deep.equal({ artifacts: [] });
  });

  it('take new bytes under an old name', async () => {
    await upload('job.jar', 'PK one');
    expect((await upload('job.jar', 'PK two')).body.artifact['sha256']).to.equal(sha256('PK two'));
    expect(((await get(':list'))['artifacts'] as unknown[]).length).to.equal(1);
  });

  it('are refused, and leave nothing, when they are too large, no jar, or misnamed', async () => {
    for (const [filename, content, status, message] of [
      ['big.jar', `PK${'x'.repeat(999)}`, 413, 'more than 1000 bytes'],
      ['huge.jar', `PK${'x'.repeat(500_000)}`, 413, 'more than 1000 bytes'],
      ['empty.jar', '', 400, 'not a jar'],
      ['page.jar', '<html>', 400, 'not a jar'],
      ['../up.jar', 'PK', 400, '"../up.jar" is not a file name'],
      ['/etc/x.jar', 'PK', 400, 'is not a file name'],
      ['a\\b.jar', 'PK', 400, 'is not a file name'],
      ['.jar', 'PK', 400, 'is not a file name'],
      ['a b.jar', 'PK', 400, 'is not a file name'],
      [`${'a'.repeat(200)}.jar`, 'PK', 400, 'at most 200'],
    ] as const) {
      const answer = await upload(filename, content);
      expect([answer.status, answer.body.message], filename).to.deep.equal([status, answer.body.message]);
      expect(answer.body.message).to.include(message);
      expect(files(), filename).to.deep.equal([]);
    }
    expect(await get(':list')).to.deep.equal({ artifacts: [] });
  });

  it('of just the allowed size are taken, and files that are no jars', async () => {
    expect((await upload('whole.jar', `PK${'x'.repeat(998)}`)).status).to.equal(200);
    expect((await upload('functions.py', 'print(1)')).status).to.equal(200);
  });

  it('have to come in the field "file" of a form', async () => {
    expect((await upload('job.jar', 'PK', 'artifact')).body.message).to.equal(
      'the file is in the field "artifact"; send one, in the field "file"',
    );
    const json = await api.send('POST', `${BASE}:upload`, { file: 'x' });
    expect([json.status, json.body.message]).to.deep.equal([415, 'send the file as multipart/form-data, in the field "file"']);
    const empty = await api.app.inject({ method: 'POST', url: `${BASE}:upload`, headers: { 'content-type': 'multipart/form-data' } });
    expect(empty.statusCode).to.equal(400);
  });

  it('that are not there are 404, with the name that was meant', async () => {
    await upload('counting.jar', 'PK');
    for (const [method, path] of [
      ['GET', ':getMetadata?filename=countin.jar'],
      ['DELETE', ':delete?filename=countin.jar'],
    ] as const) {
      const { status, body } = await api.send(method, BASE + path);
      expect([status, body.message]).to.deep.equal([404, 'there is no artifact "countin.jar"; did you mean "counting.jar"?']);
    }
    expect((await api.send('GET', `${BASE}:getMetadata`)).body.message).to.include('?filename');
    expect((await api.send('GET', `${BASE}:getMetadata?filename=..%2Fx`)).status).to.equal(400);
    expect((await api.send('GET', '/artifacts/v1/namespaces/other/artifacts:list')).status).to.equal(404);
    expect((await api.send('PUT', `${BASE}:list`)).headers['allow']).to.equal('GET, HEAD');
    expect((await api.send('GET', '/artifacts/v1/namespaces/default/artifacts')).status).to.equal(404);
  });

  it('are kept while a Deployment names them', async () => {
    await upload('job.jar', 'PK');
    const artifact = { kind: 'JAR', jarUri: 'artifact://namespaces/default/job.jar' };
    await api.post(manifest('user', { template: { spec: { artifact } } }));
    expect((await api.send('DELETE', `${BASE}:delete?filename=job.jar`)).status).to.equal(409);
    expect((await upload('job.jar', 'PK new')).status).to.equal(200);
  });

  it('never answer 5xx: any bytes as a form, under any name', () =>
    fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 300 }),
        fc.string({ unit: 'binary-ascii' }),
        fc.boolean(),
        async (bytes, name, isForm) => {
          const form = formWith(name.replaceAll(/["\r\n]/g, ''), Buffer.from(bytes));
          const payload = isForm ? form.payload.subarray(0, form.payload.length - (bytes[0] ?? 0)) : Buffer.from(bytes);
          const answer = await api.app.inject({ method: 'POST', url: `${BASE}:upload`, headers: form.headers, payload });
          expect(answer.statusCode, answer.body).to.be.lessThan(500);
          expect(api.errors).to.deep.equal([]);
          expect(files().filter((file) => file.startsWith('.partial'))).to.deep.equal([]);
        },
      ),
      { numRuns: 150 },
    )).timeout(20_000);
});
