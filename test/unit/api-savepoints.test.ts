import { expect } from 'chai';
import { beforeEach, describe, it } from 'mocha';
import { manifest, testApi, type TestApi } from '../support/api.ts';

describe('API of Savepoints', () => {
  let api: TestApi;
  let deploymentId: string;
  beforeEach(async () => {
    api = await testApi();
    deploymentId = (await api.post(manifest('counting'))).body.metadata.id;
  });
  const copy = (savepointLocation: string) => api.send('POST', '/savepoints', { metadata: { deploymentId }, spec: { savepointLocation } });

  it('records one from elsewhere as COPIED, and forgets it again although the next Job would start from it', async () => {
    const { status, body } = await copy('s3://bucket/savepoint-1');
    expect([status, body.status.state]).to.deep.equal([201, 'COMPLETED']);
    expect(body.metadata).to.include({ deploymentId, origin: 'COPIED' });
    expect((await api.send('DELETE', `/savepoints/${body.metadata.id}`)).status).to.equal(200);
    expect((await api.send('GET', `/savepoints/${body.metadata.id}`)).status).to.equal(404);
  });
  for (const wrong of ['../../etc', '/tmp/x', 'x', 'file:x']) {
    it(`takes no "${wrong}" for a place`, async () => {
      const { status, body } = await copy(wrong);
      expect([status, body.message]).to.deep.equal([
        400,
        `spec.savepointLocation: "${wrong}" is not the URI of a savepoint, such as file:///path/savepoint-1 or s3://bucket/path/savepoint-1`,
      ]);
    });
  }
  it('takes none of a Deployment without a running job, and says why', async () => {
    const { status, body } = await api.send('POST', '/savepoints', { metadata: { deploymentId } });
    expect([status, body.message]).to.deep.equal([
      409,
      'Deployment counting has no running job to take a savepoint of: it has no active Job',
    ]);
  });
});
