import { createReadStream, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { after, before, describe, it } from 'mocha';
import { cli } from '../support/cli.ts';
import { deploymentIn, jobIn } from '../support/client.ts';
import { flinkWorld } from '../support/flink-world.ts';
import { jarServer, type JarServer } from '../support/jar-server.ts';

describe('a Deployment whose jar is not a file of the daemon', () => {
  const folder = mkdtempSync(join(tmpdir(), 'drey-test-artifacts-'));
  const world = flinkWorld(
    { version: '2.3.0' },
    {
      DREY_ARTIFACTS_DIRECTORY: join(folder, 'store'),
      DREY_ARTIFACTS_CACHE_DIRECTORY: join(folder, 'cache'),
      DREY_ARTIFACTS_ALLOWED_HOSTS: 'public, 127.0.0.1',
    },
  );
  let server: JarServer;
  before(async () => {
    server = await jarServer();
  });
  after(async () => {
    await server.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const gateway = (verb: string): string => `${world.daemon.apiUrl}/artifacts/v1/namespaces/default/artifacts:${verb}`;
  const runs = async (name: string, jarUri: string): Promise<void> => {
    await world.run(name, '--rate 10', { jarUri });
    await jobIn(world.api, name, ['STARTED']);
  };

  it('runs from one that was uploaded by the command line; new bytes under its name are for the next Job', async () => {
    const uploaded = await cli(world.daemon.apiUrl, ['artifact', 'upload', world.flink.jarPath, '--name', 'counting.jar']);
    expect(uploaded).to.deep.equal({ code: 0, out: 'artifact://namespaces/default/counting.jar\n', err: '' });
    await runs('uploaded', 'artifact://namespaces/default/counting.jar');

    const deletion = await fetch(`${gateway('delete')}?filename=counting.jar`, { method: 'DELETE' });
    expect(deletion.status).to.equal(409);
    expect(((await deletion.json()) as { message: string }).message).to.include('the Deployment uploaded names it');

    // As VVP's users upload: a form with the field "file".
    const form = new FormData();
    form.set('file', new Blob([new Uint8Array(readFileSync(world.flink.jarPath)), ' ']), 'counting.jar');
    const other = (await (await fetch(gateway('upload'), { method: 'POST', body: form })).json()) as { artifact: { sha256: string } };
    expect(readdirSync(join(folder, 'store')).sort())
      .to.have.length(2)
      .and.include(other.artifact.sha256);
    await world.api.patch('uploaded', { template: { spec: { parallelism: 2 } } });
    for (let running = 0; running !== 2;) running = (await jobIn(world.api, 'uploaded', ['STARTED'])).spec.parallelism;
    const rows = await world.daemon.rows<{ artifact_sha256: string }>('SELECT artifact_sha256 FROM jobs ORDER BY created_at');
    expect(new Set(rows.map(({ artifact_sha256 }) => artifact_sha256)).size).to.equal(2);

    await world.api.patch('uploaded', { state: 'CANCELLED' });
    await deploymentIn(world.api, 'uploaded', 'CANCELLED');
    await fetch(`${world.daemon.apiUrl}/api/v1/namespaces/default/deployments/uploaded`, { method: 'DELETE' });
    expect(await cli(world.daemon.apiUrl, 'artifact delete counting.jar')).to.include({ code: 0 });
  });

  it('runs from one that a server of an allowed host has', async () => {
    server.answer((_request, response) => void createReadStream(world.flink.jarPath).pipe(response));
    await runs('fetched', `${server.url}/counting.jar`);
    expect(readdirSync(join(folder, 'cache'))).to.have.length(1);
  });

  it('is FAILED with the reason where the host is not allowed', async () => {
    await world.api.create('refused', { target: 'session', jarUri: 'http://169.254.169.254/job.jar', spec: { maxJobCreationAttempts: 1 } });
    await deploymentIn(world.api, 'refused', 'FAILED');
    expect((await jobIn(world.api, 'refused', ['FAILED'])).status.failure?.message).to.include(
      'the host 169.254.169.254 is not one that jars may be fetched from; add the host or its range to drey.artifacts.allowed-hosts',
    );
  });
});
