import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { connect as connectTo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import type { Knex } from 'knex';
import { after, before, describe, it } from 'mocha';
import { v7 as uuid } from 'uuid';
import { sqlArtifactRows } from '../../src/store/artifacts.ts';
import { connect } from '../../src/store/connection.ts';
import { prepareDatabase } from '../../src/store/prepare.ts';
import { sqlStore } from '../../src/store/store.ts';
import { testApi } from '../support/api.ts';
import { aDeployment, aSubmittedJob, aTarget, NOW } from '../support/factories.ts';
import { listen } from '../support/cli.ts';
import { formWith } from '../support/form.ts';
import { settingsOf, type Mariadb } from '../support/mariadb.ts';
import { memoryArtifacts } from '../support/memory-artifacts.ts';
import { memoryStore } from '../support/memory-store.ts';
import { privateMariadb } from '../support/servers.ts';
import { failureOf, until } from '../support/session-world.ts';

const hash = (text: string): string => createHash('sha256').update(text).digest('hex');

describe('rows of artifacts on MariaDB', () => {
  let mariadb: Mariadb;
  let db: Knex;
  before(async () => {
    mariadb = await privateMariadb();
    await prepareDatabase(settingsOf(mariadb));
    db = connect(settingsOf(mariadb));
  });
  after(async () => {
    await db.destroy();
    await mariadb.stop();
  });
  const put = (filename: string, bytes: string, namespace = 'default') =>
    sqlArtifactRows(db).put({ namespace, filename, sha256: hash(bytes), size: bytes.length });

  it('are put, found, listed by name and removed, each namespace its own', async () => {
    const rows = sqlArtifactRows(db);
    const [b, a] = [await put('b.jar', 'PK b'), await put('a.jar', 'PK a')];
    await put('a.jar', 'PK other', 'other').then(
      () => expect.fail('there is no such namespace'),
      (error: unknown) => expect(String(error)).to.include('there is no namespace "other"'),
    );
    await sqlStore(db).insertNamespace({ name: 'other', roleBindings: [], createdAt: NOW });
    await put('a.jar', 'PK other', 'other');
    expect(await rows.list('default')).to.deep.equal([a, b]);
    expect(await rows.find('default', 'b.jar')).to.deep.equal(b);
    expect(b).to.include({ namespace: 'default', filename: 'b.jar', sha256: hash('PK b'), size: 4, version: 1 });
    expect(await rows.find('default', 'B.jar')).to.equal(undefined);
    expect([await rows.remove('default', 'a.jar'), await rows.remove('default', 'a.jar')]).to.deep.equal([true, false]);
    expect((await rows.list('other')).map(({ filename }) => filename)).to.deep.equal(['a.jar']);
  });

  it('keep their id and get a new version with other bytes, and change by nothing with the same', async () => {
    const first = await put('job.jar', 'PK one');
    expect(await put('job.jar', 'PK one')).to.deep.equal(first);
    const second = await put('job.jar', 'PK other');
    expect(second).to.include({ id: first.id, version: 2, sha256: hash('PK other'), size: 8 });
    expect(second.createdAt.getTime()).to.be.greaterThan(first.createdAt.getTime());
    const both = await Promise.allSettled(Array.from({ length: 10 }, (_, i) => put('race.jar', `PK ${'x'.repeat(i)}`)));
    expect(both.some(({ status }) => status === 'fulfilled')).to.equal(true);
    const raced = (await sqlArtifactRows(db).find('default', 'race.jar'))!;
    expect(raced.sha256).to.equal(hash(`PK ${'x'.repeat(raced.size - 3)}`));
  });

  it('are not removed while a Deployment names them, or a Job that has not ended; and their bytes are used while such a Job has them', async () => {
    const [store, rows] = [sqlStore(db), sqlArtifactRows(db)];
    await put('used.jar', 'PK used');
    const target = aTarget({ id: uuid(), name: `t-${uuid()}` });
    await store.insertTarget(target);
    const artifact = { kind: 'JAR' as const, jarUri: 'artifact://namespaces/default/used.jar' };
    const made = aDeployment({ id: uuid(), name: `d-${uuid()}`, spec: { deploymentTargetId: target.id } });
    const { template } = made.spec;
    const deployment = { ...made, spec: { ...made.spec, template: { ...template, spec: { ...template.spec, artifact } } } };
    await store.insertDeployment(deployment, []);
    expect(await failureOf(rows.remove('default', 'used.jar'))).to.equal(
      `conflict: used.jar cannot be deleted: the Deployment ${deployment.name} names it; change or delete that first`,
    );

    const blank = aSubmittedJob({ id: uuid(), deploymentId: deployment.id, targetId: target.id, artifactSha256: hash('PK before') });
    const job = { ...blank, spec: { ...blank.spec, artifact } };
    await store.change(deployment.id, (held) => ({ deployment: { ...held.deployment, spec: made.spec }, jobs: [job], events: [] }));
    expect(await failureOf(rows.remove('default', 'used.jar'))).to.include(`the Job ${job.id} of ${job.deploymentName} was made from it`);
    const hashes = ['PK used', 'PK before', 'PK unknown'].map(hash);
    expect((await rows.used(hashes)).sort()).to.deep.equal(hashes.slice(0, 2).sort());

    await store.change(deployment.id, ({ deployment: held, job: active }) => ({
      deployment: held,
      jobs: [{ ...active!, state: 'FAILED', terminatedAt: new Date() }],
      events: [],
    }));
    expect(await rows.remove('default', 'used.jar')).to.equal(true);
    expect(await rows.used(hashes)).to.deep.equal([]);
  });
});

describe('uploads that break off', () => {
  const folder = mkdtempSync(join(tmpdir(), 'drey-test-uploads-'));
  after(() => rmSync(folder, { recursive: true, force: true }));
  const files = (): string[] => (existsSync(join(folder, 'store')) ? readdirSync(join(folder, 'store')) : []);

  it('leave nothing, whether the client goes or only falls silent and then goes', async () => {
    const store = memoryStore();
    const artifacts = memoryArtifacts(store, { directory: join(folder, 'store'), maxBytes: 10_000_000 });
    const api = await testApi(store, undefined, { artifacts });
    const url = new URL(await listen(api));
    const { headers, payload } = formWith('job.jar', Buffer.concat([Buffer.from('PK'), Buffer.alloc(3_000_000)]));
    for (const end of ['destroy', 'resetAndDestroy', 'end'] as const) {
      const socket = connectTo(Number(url.port), url.hostname);
      socket.on('error', () => undefined);
      socket.write(
        `POST /artifacts/v1/namespaces/default/artifacts:upload HTTP/1.1\r\nhost: ${url.host}\r\ncontent-type: ${headers['content-type']!}\r\ncontent-length: ${payload.length}\r\n\r\n`,
      );
      socket.write(payload.subarray(0, 2_000_000));
      await until(() => files().length === 1);
      expect(files()[0]).to.match(/^\.partial-/);
      socket[end]();
      await until(() => files().length === 0);
      socket.destroy();
    }
    expect(await artifacts.list('default')).to.deep.equal([]);
    expect(api.errors).to.deep.equal([]);
    const answer = await fetch(new URL('/artifacts/v1/namespaces/default/artifacts:upload', url), {
      method: 'POST',
      headers,
      body: new Uint8Array(payload),
    });
    expect(answer.status).to.equal(200);
    await api.app.close();
  });

  it('because they are too large are told so, although the client is still sending', async () => {
    const store = memoryStore();
    const api = await testApi(store, undefined, {
      artifacts: memoryArtifacts(store, { directory: join(folder, 'store-2'), maxBytes: 1000 }),
    });
    const { headers, payload } = formWith('job.jar', Buffer.concat([Buffer.from('PK'), Buffer.alloc(30_000_000)]));
    const answer = await fetch(`${await listen(api)}/artifacts/v1/namespaces/default/artifacts:upload`, {
      method: 'POST',
      headers,
      body: new Uint8Array(payload),
    });
    expect([answer.status, ((await answer.json()) as { message: string }).message]).to.deep.equal([
      413,
      'the file has more than 1000 bytes (drey.artifacts.max-size)',
    ]);
    expect(readdirSync(join(folder, 'store-2'))).to.deep.equal([]);
    await api.app.close();
  });
});
