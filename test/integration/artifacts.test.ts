import { expect } from 'chai';
import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, it } from 'mocha';
import { fileFetcher } from '../../src/artifacts/file.ts';
import { sessionDriver } from '../../src/targets/session.ts';
import { targetAt } from '../support/factories.ts';
import { failureOf, FLINK_LIMITS, JAR, jarJob, sessionWorlds } from '../support/session-world.ts';

describe('Jars on their way to a session cluster', () => {
  const { world, closeLater } = sessionWorlds();

  describe('artifacts', () => {
    async function jarFile(content: string): Promise<{ path: string; uri: string }> {
      const folder = await mkdtemp(join(tmpdir(), 'drey-test-jar-'));
      closeLater(() => rm(folder, { recursive: true }));
      const path = join(folder, 'job.jar');
      await writeFile(path, content);
      return { path, uri: pathToFileURL(path).href };
    }
    const bytes = `PK${'jar'.repeat(100_000)}`;
    const sha256 = createHash('sha256').update(bytes).digest('hex');

    it('are uploaded once, whoever asks, and found by a daemon that was restarted', async () => {
      const { flink, cluster, driver } = await world();
      const { path, uri } = await jarFile(bytes);
      const artifact = await driver.fetchArtifact(jarJob({ jarUri: uri }));
      expect(artifact).to.deep.equal({ path, sha256 });
      const ids = await Promise.all([cluster.upload(artifact), cluster.upload(artifact), cluster.upload(artifact)]);
      expect(new Set(ids).size).to.equal(1);
      const restarted = sessionDriver(FLINK_LIMITS, fileFetcher());
      closeLater(() => restarted.close());
      expect(await restarted.cluster(targetAt(flink.url)).upload(artifact)).to.equal(ids[0]);
      expect(flink.count('POST /jars/upload')).to.equal(1);
      expect(flink.cluster.jars.get(ids[0])?.name).to.equal(`${sha256}.jar`);
      expect(flink.requests.find(({ endpoint }) => endpoint === 'POST /jars/upload')?.body).to.include(bytes);
      flink.cluster.jars.clear();
      await cluster.upload(artifact);
      expect(flink.count('POST /jars/upload')).to.equal(2);
    });

    it('that were replaced in place are not uploaded under the old name', async () => {
      const { flink, cluster, driver } = await world();
      const { path, uri } = await jarFile(bytes);
      const artifact = await driver.fetchArtifact(jarJob({ jarUri: uri }));
      await writeFile(path, bytes.replace('jar', 'JAR'));
      expect(await failureOf(cluster.upload(artifact)))
        .to.include('artifactUnavailable')
        .and.include('changed while');
      expect([...flink.cluster.jars.keys()]).to.deep.equal([JAR.id]);
      await rm(path);
      expect(await failureOf(cluster.upload(artifact)))
        .to.include('artifactUnavailable')
        .and.include('no longer be read');
    });

    it('upload again after one that failed', async () => {
      const { flink, cluster, driver } = await world();
      const { uri } = await jarFile(bytes);
      const artifact = await driver.fetchArtifact(jarJob({ jarUri: uri }));
      flink.fault('POST /jars/upload', 'hang');
      expect(await failureOf(cluster.upload(artifact))).to.include('no whole answer within 500 ms');
      expect(flink.cluster.jars.has(await cluster.upload(artifact))).to.equal(true);
    });

    it('are hashed again when they change, and taken by file:/x and file:///x', async () => {
      const fetch = fileFetcher();
      const { path } = await jarFile(bytes);
      expect([(await fetch(`file:${path}`)).sha256, (await fetch(`file://${path}`)).sha256]).to.deep.equal([sha256, sha256]);
      await writeFile(path, 'PK other');
      expect((await fetch(`file:${path}`)).sha256).to.equal(createHash('sha256').update('PK other').digest('hex'));
    });

    it('that cannot be used are refused, with the URI, what is wrong and the remedy', async () => {
      const fetch = fileFetcher();
      const { path } = await jarFile('not a zip');
      for (const [uri, wrong] of [
        ['file:/nope/job.jar', 'there is no such file; put the jar there'],
        [`file:${join(path, '..')}`, 'it is a folder; name the jar itself'],
        [`file:${path}`, 'it is not a jar'],
        [`file:${path}/x`, 'there is no such file'],
        ['file:/dev/null', 'it is not a regular file'],
        ['file:job.jar', 'not absolute'],
        ['file://elsewhere/job.jar', 'File URL host must be'],
      ] as const) {
        expect(await failureOf(fetch(uri)), uri)
          .to.include('artifactUnavailable')
          .and.include(uri)
          .and.include(wrong);
      }
    });
  });
});
